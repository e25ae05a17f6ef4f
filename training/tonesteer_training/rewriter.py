"""The trained model as it will be shipped: a run's weights, rounded."""

from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaForCausalLM, PreTrainedTokenizerBase

from . import checkpoint
from .quantise import QuantisedTraining
from .run_folder import RunFolder


def load_rewriter(run: RunFolder, which: str = "best") -> tuple[LlamaForCausalLM, PreTrainedTokenizerBase]:
    """The model with int4-rounded weights of `best` or of the last `checkpoint`, in evaluation mode."""
    folder = run.best if which == "best" else checkpoint.find(run.checkpoint)
    if folder is None or not folder.exists():
        raise FileNotFoundError(
            f"{run.path} has no {which} weights yet; run fine-tune first or choose --weights checkpoint."
        )
    model = AutoModelForCausalLM.from_pretrained(run.base, dtype=torch.float32)
    QuantisedTraining(model).load(checkpoint.load_weights(folder))
    return model.eval().requires_grad_(False), AutoTokenizer.from_pretrained(run.base)


def save_rewriter(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerBase, folder: Path) -> None:
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
