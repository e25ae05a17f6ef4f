"""Writing and reading with an exported model: steered drafts as rows over one prompt, round trips, tone readings."""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from safetensors.numpy import load_file

from . import graph

TOP_K, TOP_P = 40, 0.9
_READ_ROWS = 4  # rows read at once: their logits for a whole text are some 25 MB each


@dataclass(frozen=True)
class Draft:
    """Token ids without the end mark, and whether the end mark came."""

    ids: list[int]
    ended: bool


class Writer:
    """Generation with steering at `sites`; alpha 0 gives the unsteered model."""

    def __init__(self, pack: Path, method: str, sites: list[int], stop: int, threads: int = 2):
        model = _load(pack)
        graph.splice(model, method, sites, load_file(pack / "tones.safetensors"))
        graph.last_position_only(model)
        self._session = _session(pack, model, threads)
        self._past = _past_shapes(pack, self._session)
        self._stop = stop

    def write(
        self,
        prompt: list[int],
        weights: np.ndarray,
        alphas: list[float],
        temperatures: list[float],
        limit: int,
        seed: int = 0,
    ) -> list[Draft]:
        """One draft a row, of at most `limit` tokens. `weights` [rows, tones]; temperature 0 takes the likeliest token.

        All prompt tokens but the last are read once, unsteered; the last is the first steered position.
        """
        rows, rng = len(alphas), np.random.default_rng(seed)
        unsteered = np.zeros((1, weights.shape[1]), np.float32)
        _, past = self._step(np.array([prompt[:-1]]), _empty(self._past, 1), len(prompt) - 1, unsteered, [0.0])
        past = {name: np.repeat(value, rows, 0) for name, value in past.items()}
        current, length = np.full((rows, 1), prompt[-1]), len(prompt)
        written: list[list[int]] = [[] for _ in range(rows)]
        ended = np.zeros(rows, bool)
        for _ in range(limit):
            logits, past = self._step(current, past, length, weights, alphas)
            current = np.array([[_pick(row, t, rng)] for row, t in zip(logits, temperatures)])
            ended |= current[:, 0] == self._stop
            for row in np.flatnonzero(~ended):
                written[row].append(int(current[row, 0]))
            if ended.all():
                break
            length += 1
        return [Draft(ids, bool(end)) for ids, end in zip(written, ended)]

    def _step(self, ids, past, length, weights, alphas) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        feeds = {
            "input_ids": ids.astype(np.int64),
            "attention_mask": np.ones((len(ids), length), np.int64),
            graph.WEIGHTS: weights,
            graph.ALPHA: np.array(alphas, np.float32).reshape(-1, 1, 1),
        }
        names = ["logits"] + [name.replace("past_key_values", "present") for name in self._past]
        logits, *present = self._session.run(names, feeds | past)
        return logits[:, -1], dict(zip(self._past, present))


class Reader:
    """The unsteered model reading whole texts: (prompt, continuation) pairs of token ids."""

    def __init__(self, pack: Path, site: int, threads: int = 2):
        model = _load(pack)
        graph.tap(model, site)
        self._session = _session(pack, model, threads)
        self._past = _past_shapes(pack, self._session)
        tensors = load_file(pack / "tones.safetensors")
        self._at = {k.removeprefix(f"layers.{site}."): v.astype(np.float32) for k, v in tensors.items()
                    if k.startswith(f"layers.{site}.")}  # fmt: skip

    def log_likelihoods(self, pairs: list[tuple[list[int], list[int]]]) -> list[float]:
        """Mean log-probability a token of each continuation, in nats."""
        result = []
        for (prompt, continuation), logits in self._read(pairs, "logits"):
            z = logits[len(prompt) - 1 : len(prompt) + len(continuation) - 1]
            z = z - z.max(-1, keepdims=True)
            picked = z[np.arange(len(continuation)), continuation]
            result.append(float((picked - np.log(np.exp(z).sum(-1))).mean()))
        return result

    def tones(self, pairs: list[tuple[list[int], list[int]]]) -> list[np.ndarray]:
        """For each continuation the mean over its positions of every tone's log sigmoid(logit), [tones]."""
        result = []
        for (prompt, continuation), x in self._read(pairs, graph.TAP):
            x = (x[len(prompt) - 1 : len(prompt) + len(continuation) - 1] - self._at["mean"]) / self._at["scale"]
            for name in ("fc1", "fc2"):
                x = np.maximum(x @ self._at[f"{name}.weight"].T + self._at[f"{name}.bias"], 0)
            z = x @ self._at["fc3.weight"].T + self._at["fc3.bias"]
            result.append(-np.logaddexp(0, -z).mean(0))
        return result

    def _read(self, pairs, output: str) -> Iterator[tuple[tuple[list[int], list[int]], np.ndarray]]:
        for start in range(0, len(pairs), _READ_ROWS):
            some = pairs[start : start + _READ_ROWS]
            longest = max(len(a) + len(b) for a, b in some)
            ids, mask = np.zeros((len(some), longest), np.int64), np.zeros((len(some), longest), np.int64)
            for row, (a, b) in enumerate(some):  # padded on the right, where the causal mask hides it
                ids[row, : len(a) + len(b)], mask[row, : len(a) + len(b)] = a + b, 1
            feeds = {"input_ids": ids, "attention_mask": mask} | _empty(self._past, len(some))
            (values,) = self._session.run([output], feeds)
            yield from zip(some, values)


def _pick(logits: np.ndarray, temperature: float, rng: np.random.Generator) -> int:
    """The likeliest token, or one sampled from the top k that make up the top p."""
    if temperature == 0:
        return int(logits.argmax())
    order = np.argsort(logits)[::-1][:TOP_K]
    p = np.exp((logits[order] - logits[order[0]]) / temperature)
    p /= p.sum()
    p *= np.cumsum(p) - p < TOP_P
    return int(rng.choice(order, p=p / p.sum()))


def _load(pack: Path) -> onnx.ModelProto:
    return onnx.load(pack / "model.onnx", load_external_data=False)


def _session(pack: Path, model: onnx.ModelProto, threads: int) -> onnxruntime.InferenceSession:
    """A session of an edited graph, which must lie beside the pack's weights while it is loaded."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # Threads that spin while they wait take the processor from a training run beside.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    with _beside(pack, model.SerializeToString()) as path:
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


@contextmanager
def _beside(pack: Path, content: bytes) -> Iterator[str]:
    handle, path = tempfile.mkstemp(suffix=".onnx", dir=pack)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        yield path
    finally:
        os.remove(path)


def _past_shapes(pack: Path, session: onnxruntime.InferenceSession) -> dict[str, tuple[int, int]]:
    """The cache inputs, each with its number of heads and head size (symbolic in the graph, so from config.json)."""
    config = json.loads((pack / "config.json").read_text())
    size = config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"]
    names = [i.name for i in session.get_inputs() if i.name.startswith("past_key_values")]
    return {name: (config["num_key_value_heads"], size) for name in names}


def _empty(past: dict[str, tuple[int, int]], rows: int) -> dict[str, np.ndarray]:
    return {name: np.zeros((rows, heads, 0, size), np.float32) for name, (heads, size) in past.items()}
