"""Loss on held-out passages: with and without the tone named, and on the way back."""

import torch
from transformers import LlamaForCausalLM

from .corpus import Passage, word_count
from .device import Device
from .forward import negative_log_likelihood
from .trees import Batch, Branch, Encode, Tree


class HeldOut:
    """`count` passages of under 60 words, spread evenly over the corpus file."""

    def __init__(self, passages: list[Passage], count: int, encode: Encode):
        short = [p for p in passages if word_count(p.source) < 60]
        chosen = short[:: max(1, len(short) // count)][:count]
        self._trees = {
            "agnostic": [Tree.build(encode, p.source, [Branch(None, t) for t in p.rewrites.values()]) for p in chosen],
            "named": [Tree.build(encode, p.source, [Branch(n, t) for n, t in p.rewrites.items()]) for p in chosen],
            "round_trip": [
                Tree.build(encode, text, [Branch(None, p.source)])
                for number, p in enumerate(chosen)
                for text in _two_of(list(p.rewrites.values()), number)
            ],
        }

    @torch.no_grad()
    def losses(self, model: LlamaForCausalLM, device: Device) -> dict[str, float]:
        """Nats a token: `agnostic`, `named`, `round_trip` (the source given a reference rewrite), and their `mean`."""
        result = {}
        for kind, trees in self._trees.items():
            total, count = 0.0, 0
            for tree in trees:
                with device.autocast():
                    loss, labels = negative_log_likelihood(model, Batch.pack([tree], device.name))
                total, count = total + loss.item(), count + labels
            result[kind] = round(total / count, 4)
        return result | {"mean": round(sum(result.values()) / len(result), 4)}


def _two_of(texts: list[str], number: int) -> list[str]:
    """Two rewrites, other tones for each passage, so that all tones are seen at little cost."""
    return [texts[number % len(texts)], texts[(number + 3) % len(texts)]]
