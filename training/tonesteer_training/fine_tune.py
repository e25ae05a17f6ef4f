"""Fine-tuning: branches over a shared prefix, int4 in the loop, resumable at any step."""

import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from torch import nn
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaForCausalLM, PreTrainedTokenizerBase

from . import checkpoint
from .corpus import Passage, load_corpus
from .device import Device
from .forward import negative_log_likelihood
from .held_out import HeldOut
from .mixture import Example, Mixture
from .quantise import QuantisedTraining
from .run_folder import RunFolder, on_termination
from .schedule import Schedule
from .trees import Batch, Tree

_SMOOTHING = 0.95


@dataclass(frozen=True)
class FineTuneSettings:
    """What a run is; kept in run.json, so that resuming needs no option. Tokens count prompts and responses."""

    peak_rate: float = 2e-4
    budget_epochs: float = 15.0
    warm_up_tokens: int = 40_000
    decay_share: float = 0.3
    trees: int = 8  # in one optimiser step
    batch_tokens: int = 1600  # in one forward pass, bounds memory
    weight_decay: float = 0.01
    gradient_norm: float = 1.0
    seed: int = 0
    checkpoint_minutes: float = 10.0
    validate_minutes: float = 60.0
    held_out: int = 6  # passages


class FineTune:
    def __init__(
        self, run: RunFolder, settings: FineTuneSettings, train: list[Passage], held_out: list[Passage], device: Device
    ):
        self._run, self._settings, self._device = run, settings, device
        torch.manual_seed(settings.seed)
        self._tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(run.base)
        self._model: LlamaForCausalLM = AutoModelForCausalLM.from_pretrained(run.base, dtype=torch.float32)
        self._model.to(device.name).train()
        self._weights = QuantisedTraining(self._model)
        self._optimiser = _optimiser(self._weights, settings)
        self._mixture = Mixture(train, settings.seed)
        self._held_out = HeldOut(held_out, settings.held_out, self._encode)
        self._progress = checkpoint.Progress()
        budget = int(settings.budget_epochs * self._epoch_tokens())
        self._schedule = Schedule(settings.peak_rate, budget, settings.warm_up_tokens, settings.decay_share)
        self._epoch: list[Example] | None = None  # the current one, made when first needed
        self._stopping = False
        if found := checkpoint.find(run.checkpoint):
            self._weights.load(checkpoint.load_weights(found))
            checkpoint.load_optimiser(found, self._optimiser)
            self._progress = checkpoint.load_progress(found)

    def run(self) -> None:
        """Train until the budget is spent or an end is asked for; a checkpoint is written either way."""
        run, p = self._run, self._progress
        on_termination(self._stop)
        run.log("start", **asdict(p), budget=self._schedule.budget, precision=self._device.precision)
        if p.step == 0:
            self._validate()
        saved = validated = time.monotonic()
        while p.tokens < self._schedule.budget and not self._stopping:
            began, before = time.monotonic(), p.tokens
            rate = self._step()
            took = time.monotonic() - began
            p.seconds += took
            run.log("step", step=p.step, tokens=p.tokens, epoch=p.epoch, loss=round(p.loss, 4), rate=round(rate, 8),
                    tokens_a_second=round((p.tokens - before) / took, 1))  # fmt: skip
            now = time.monotonic()
            if now - saved > self._settings.checkpoint_minutes * 60:
                self._save()
                saved = now
                if now - validated > self._settings.validate_minutes * 60:
                    self._validate()
                    validated = now
        self._save()
        if not self._stopping:
            self._validate()
        run.log("end", **asdict(p))

    def _step(self) -> float:
        """One optimiser step over the next examples. Returns the learning rate used."""
        p, s = self._progress, self._settings
        trees = sorted((self._tree(example) for example in self._next_examples()), key=len)
        labels, size = sum(tree.label_count for tree in trees), sum(map(len, trees))
        loss = 0.0
        for group in _groups(trees, s.batch_tokens):
            with self._device.autocast():
                part, _ = negative_log_likelihood(self._model, Batch.pack(group, self._device.name))
            (part / labels).backward()
            loss += part.item() / labels
        rate = self._schedule.rate(p.tokens + size // 2)
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        self._weights.hand_over_gradients()
        nn.utils.clip_grad_norm_(self._weights.full.values(), s.gradient_norm)
        self._optimiser.step()
        self._optimiser.zero_grad(set_to_none=True)
        self._weights.refresh()
        p.loss = loss if p.step == 0 else _SMOOTHING * p.loss + (1 - _SMOOTHING) * loss
        p.step += 1
        p.tokens += size
        return rate

    def _next_examples(self) -> list[Example]:
        p = self._progress
        if self._epoch is None:
            self._epoch = self._mixture.epoch(p.epoch)
        examples = self._epoch[p.index : p.index + self._settings.trees]
        p.index += len(examples)
        if p.index >= len(self._epoch):
            p.epoch, p.index, self._epoch = p.epoch + 1, 0, None
        return examples

    def _tree(self, example: Example) -> Tree:
        return Tree.build(self._encode, example.source, example.branches)

    def _encode(self, text: str) -> list[int]:
        return self._tokenizer(text, add_special_tokens=False)["input_ids"]

    def _epoch_tokens(self) -> int:
        return sum(len(self._tree(example)) for example in self._mixture.epoch(0))

    def _save(self) -> None:
        checkpoint.save(self._run.checkpoint, self._weights.full, self._optimiser, self._progress)
        self._run.log("checkpoint", step=self._progress.step, tokens=self._progress.tokens)

    def _validate(self) -> None:
        losses = self._held_out.losses(self._model, self._device)
        best = min((r["mean"] for r in self._run.records("held-out")), default=float("inf"))
        self._run.log("held-out", step=self._progress.step, tokens=self._progress.tokens, **losses)
        if losses["mean"] < best and self._run.checkpoint.exists():
            checkpoint.keep_weights(self._run.checkpoint, self._run.best)

    def _stop(self) -> None:
        self._stopping = True


def fine_tune(
    run_path: Path, begin: Callable[[Path], None], corpus: Path, changes: dict[str, object], device: Device
) -> None:
    """Begin a run in a new folder or go on with the one there.

    `begin` writes the first model into the folder it is given; `changes` override settings, also on resuming.
    """
    run = RunFolder(run_path)
    run.claim()
    try:
        settings = replace(FineTuneSettings(**(run.settings() or {})), **changes)
        run.write_settings(asdict(settings))
        if not run.base.exists():
            new = run.base.with_name("base.new")
            shutil.rmtree(new, ignore_errors=True)
            begin(new)
            new.rename(run.base)
        train, held_out = load_corpus(corpus / "train.jsonl"), load_corpus(corpus / "validation.jsonl")
        FineTune(run, settings, train, held_out, device).run()
    finally:
        run.release()


def _optimiser(weights: QuantisedTraining, settings: FineTuneSettings) -> torch.optim.AdamW:
    matrices = [p for p in weights.full.values() if p.dim() > 1]
    vectors = [p for p in weights.full.values() if p.dim() < 2]  # the norms' gains do not decay
    groups = [{"params": matrices, "weight_decay": settings.weight_decay}, {"params": vectors, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=settings.peak_rate, betas=(0.9, 0.98), fused=True)


def _groups(trees: list[Tree], tokens: int) -> list[list[Tree]]:
    """Neighbouring trees in groups of up to `tokens` tokens (a longer tree is a group by itself)."""
    groups: list[list[Tree]] = []
    size = 0
    for tree in trees:
        if not groups or size + len(tree) > tokens:
            groups.append([])
            size = 0
        groups[-1].append(tree)
        size += len(tree)
    return groups
