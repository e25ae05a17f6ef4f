"""What steers a model: at each site a classifier, a linear probe and mean-difference directions.

All three read the residual stream at response tokens of reference rewrites, with no tone named in the prompt: so they
learn what the text so far shows, not what was asked for.
"""

import json
import math
import random
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import Tensor, nn
from transformers import LlamaForCausalLM

from .corpus import TONES, Passage
from .device import Device
from .forward import hidden_states
from .sites import default_sites
from .trees import IGNORED, Batch, Branch, Encode, Tree

HIDDEN_UNITS = 256
_LATE = 12  # a position is late once this many response tokens have shown the tone


@dataclass(frozen=True)
class ToneSettings:
    passages: int = 500
    held_out_passages: int = 80
    tokens: int = 12  # sampled from each rewrite
    epochs: int = 8
    batch: int = 512
    rate: float = 2e-3
    seed: int = 0


class Classifier(nn.Module):
    """hidden -> 256 -> 256 -> tones, with ReLU; one logit a tone, trained as independent yes/no questions."""

    def __init__(self, width: int):
        super().__init__()
        self.fc1 = nn.Linear(width, HIDDEN_UNITS)
        self.fc2 = nn.Linear(HIDDEN_UNITS, HIDDEN_UNITS)
        self.fc3 = nn.Linear(HIDDEN_UNITS, len(TONES))

    def forward(self, x: Tensor) -> Tensor:
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))


@dataclass(frozen=True)
class Activations:
    residuals: dict[int, Tensor]  # site -> [samples, hidden], half precision
    labels: Tensor  # [samples], index into TONES
    positions: Tensor  # [samples], tokens of the response before this one


@torch.no_grad()
def collect(
    model: LlamaForCausalLM,
    encode: Encode,
    passages: list[Passage],
    sites: list[int],
    tokens: int,
    seed: int,
    device: Device,
) -> Activations:
    rng = random.Random(seed)
    residuals: dict[int, list[Tensor]] = {site: [] for site in sites}
    labels: list[int] = []
    positions: list[int] = []
    for passage in passages:
        tree = Tree.build(encode, passage.source, [Branch(None, passage.rewrites[tone]) for tone in TONES])
        batch = Batch.pack([tree], device.name)
        seen = _residuals(model, batch, sites, device)
        for label in range(len(TONES)):
            # The label says what comes next, so the last response token (whose next is the end mark) is left out.
            at = ((batch.branch == label) & (batch.labels != IGNORED)).nonzero()[:-1, 0].tolist()
            chosen = sorted(rng.sample(at, min(tokens, len(at))))
            for site in sites:
                residuals[site].append(seen[site][chosen].half().cpu())
            labels += [label] * len(chosen)
            positions += [i - at[0] for i in chosen]
    return Activations({s: torch.cat(x) for s, x in residuals.items()}, torch.tensor(labels), torch.tensor(positions))


def _residuals(model: LlamaForCausalLM, batch: Batch, sites: list[int], device: Device) -> dict[int, Tensor]:
    seen: dict[int, Tensor] = {}

    def keep(block: int, x: Tensor) -> None:
        if block in sites:
            seen[block] = x

    with device.autocast():
        hidden_states(model, batch, keep)
    return seen


def fit(module: nn.Module, x: Tensor, labels: Tensor, settings: ToneSettings) -> nn.Module:
    """Train on standardised activations [samples, hidden] with a binary loss a tone and a linearly falling rate."""
    targets = F.one_hot(labels, len(TONES)).float()
    optimiser = torch.optim.AdamW(module.parameters(), lr=settings.rate, weight_decay=1e-2)
    steps = settings.epochs * math.ceil(len(x) / settings.batch)
    falling = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: 1 - step / steps)
    for _ in range(settings.epochs):
        for rows in torch.randperm(len(x)).split(settings.batch):
            loss = F.binary_cross_entropy_with_logits(module(x[rows]), targets[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            falling.step()
    return module


def mean_differences(x: Tensor, labels: Tensor) -> Tensor:
    """CAA: for each tone the mean activation with it minus the mean without it, [tones, hidden]."""
    return torch.stack([x[labels == k].mean(0) - x[labels != k].mean(0) for k in range(len(TONES))])


def learn_tones(
    model: LlamaForCausalLM, encode: Encode, train: list[Passage], held_out: list[Passage],
    folder: Path, settings: ToneSettings, device: Device,
) -> dict[int, dict[str, float]]:  # fmt: skip
    """Write `tones.safetensors` and `tones.json`; returns for each site the held-out accuracies and the mean norm."""
    torch.manual_seed(settings.seed)
    sites = default_sites(model.config.num_hidden_layers)
    seen = random.Random(settings.seed).sample(train, min(settings.passages, len(train)))
    fitting = collect(model, encode, seen, sites, settings.tokens, 0, device)
    testing = collect(model, encode, held_out[: settings.held_out_passages], sites, settings.tokens, 1, device)
    tensors: dict[str, Tensor] = {}
    report: dict[int, dict[str, float]] = {}
    for site in sites:
        x = fitting.residuals[site].float()
        mean, scale = x.mean(0), x.std()
        tensors[f"layers.{site}.mean"], tensors[f"layers.{site}.scale"] = mean, scale.reshape(1)
        tensors[f"layers.{site}.directions"] = mean_differences(x, fitting.labels).half()
        report[site] = {"norm": round(x.norm(dim=1).mean().item(), 3)}
        standardised = (testing.residuals[site].float() - mean) / scale
        for kind, module, prefix in (
            ("mlp", Classifier(x.size(1)), ""),
            ("linear", nn.Linear(x.size(1), len(TONES)), "linear."),
        ):
            fit(module, (x - mean) / scale, fitting.labels, settings)
            for name, value in module.state_dict().items():
                tensors[f"layers.{site}.{prefix}{name}"] = value.half().contiguous()
            right = module(standardised).argmax(1) == testing.labels
            report[site][kind] = round(right.float().mean().item(), 3)
            report[site][f"{kind}_late"] = round(right[testing.positions >= _LATE].float().mean().item(), 3)
        print(site, report[site], flush=True)
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, folder / "tones.safetensors", {"labels": json.dumps(TONES)})
    (folder / "tones.json").write_text(
        json.dumps({"sites": report, "trainTokens": len(fitting.labels)}, indent=2) + "\n"
    )
    return report
