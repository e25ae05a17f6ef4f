"""Rounding to int4 as the exporter does it, and training through it."""

import torch
from torch import Tensor, nn
from transformers import LlamaForCausalLM

BLOCK = 32


def round_to_int4(weight: Tensor, block: int = BLOCK) -> Tensor:
    """Symmetric int4 in blocks along the input: w ~ s q, q in -8..7, s = (signed largest value) / -8.

    This is ONNX Runtime's default rounding (MatMulNBits): the value of largest magnitude becomes exactly -8.
    """
    blocks = weight.reshape(weight.size(0), -1, block)
    largest = blocks.gather(-1, blocks.abs().argmax(-1, keepdim=True))
    scale = largest / -8.0
    scale = torch.where(scale == 0, torch.ones_like(scale), scale)
    return ((blocks / scale).round().clamp(-8, 7) * scale).reshape(weight.shape)


class QuantisedTraining:
    """The model computes with rounded weights; the optimiser moves full-precision ones, by the same gradient.

    The embedding and the head (one shared matrix) are frozen and not rounded here: the pack holds them in int8.
    """

    def __init__(self, model: LlamaForCausalLM):
        model.model.embed_tokens.weight.requires_grad_(False)
        self.full: dict[str, nn.Parameter] = {}
        self._rounded: list[tuple[nn.Parameter, nn.Parameter]] = []
        linears = {
            f"{name}.weight"
            for name, module in model.model.named_modules(prefix="model")
            if isinstance(module, nn.Linear)
        }
        for name, parameter in model.named_parameters():
            if not parameter.requires_grad:
                continue
            if name in linears:
                self.full[name] = nn.Parameter(parameter.detach().clone())
                self._rounded.append((parameter, self.full[name]))
            else:
                self.full[name] = parameter
        self.refresh()

    @torch.no_grad()
    def refresh(self) -> None:
        """Round anew after the optimiser moved the full-precision weights."""
        for rounded, full in self._rounded:
            rounded.copy_(round_to_int4(full))

    def hand_over_gradients(self) -> None:
        for rounded, full in self._rounded:
            full.grad, rounded.grad = rounded.grad, None

    @torch.no_grad()
    def load(self, weights: dict[str, Tensor]) -> None:
        for name, parameter in self.full.items():
            parameter.copy_(weights[name])
        self.refresh()
