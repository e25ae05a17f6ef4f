"""Checkpoints: full-precision weights, optimiser state, position. Written beside and renamed, so none is ever half."""

import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

_WEIGHTS, _OPTIMISER, _PROGRESS = "weights.safetensors", "optimiser.pt", "progress.json"


@dataclass
class Progress:
    """Where a run is. `epoch` and `index` name the next example; the seed alone makes the epochs (see mixture.py)."""

    step: int = 0
    tokens: int = 0
    epoch: int = 0
    index: int = 0
    seconds: float = 0.0
    loss: float = 0.0  # running mean over about 20 steps, nats a token


def save(folder: Path, weights: dict[str, Tensor], optimiser: torch.optim.Optimizer, progress: Progress) -> None:
    """Replace the checkpoint in `folder`. The one before it is kept as `folder.previous`."""
    new, old = folder.with_name(folder.name + ".new"), folder.with_name(folder.name + ".previous")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    save_file({name: tensor.detach().cpu().contiguous() for name, tensor in weights.items()}, new / _WEIGHTS)
    torch.save({"optimiser": optimiser.state_dict(), "torch_rng": torch.get_rng_state()}, new / _OPTIMISER)
    (new / _PROGRESS).write_text(json.dumps(asdict(progress)))
    for file in new.iterdir():
        with open(file, "rb") as handle:
            os.fsync(handle.fileno())
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    new.rename(folder)


def find(folder: Path) -> Path | None:
    """The newest whole checkpoint: `folder`, or the one before it if a crash fell between the two renames."""
    for candidate in (folder, folder.with_name(folder.name + ".previous")):
        if (candidate / _PROGRESS).exists():
            return candidate
    return None


def load_weights(folder: Path) -> dict[str, Tensor]:
    return load_file(folder / _WEIGHTS)


def load_progress(folder: Path) -> Progress:
    return Progress(**json.loads((folder / _PROGRESS).read_text()))


def load_optimiser(folder: Path, optimiser: torch.optim.Optimizer) -> None:
    state = torch.load(folder / _OPTIMISER, map_location="cpu", weights_only=True)
    optimiser.load_state_dict(state["optimiser"])
    torch.set_rng_state(state["torch_rng"])


def keep_weights(source: Path, target: Path) -> None:
    """Keep a copy of a checkpoint's weights and position, without its optimiser."""
    new = target.with_name(target.name + ".new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    for name in (_WEIGHTS, _PROGRESS):
        shutil.copy(source / name, new / name)
    shutil.rmtree(target, ignore_errors=True)
    new.rename(target)
