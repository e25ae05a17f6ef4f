"""A Llama forward pass over packed trees, and the loss of a frozen head.

Linear layers see all tokens of all trees at once; attention goes tree by tree, with the branches as a batch over their
shared prefix. It computes what the model's own forward pass computes for each rewrite alone (see the tests).
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import LlamaForCausalLM

from .trees import IGNORED, Batch, Span

Tap = Callable[[int, Tensor], None]
_HEAD_CHUNK = 512  # rows of logits alive at once: 512 x 49152 floats are 100 MB


def hidden_states(model: LlamaForCausalLM, batch: Batch, tap: Tap | None = None) -> Tensor:
    """The normalised last hidden state [tokens, hidden]; `tap(block, residual)` sees the residual after each block."""
    decoder, config = model.model, model.config
    heads, kv_heads = config.num_attention_heads, config.num_key_value_heads
    head_size = config.hidden_size // heads
    angles = batch.rope[:, None].float() * decoder.rotary_emb.inv_freq[None]
    cos, sin = angles.cos()[:, None], angles.sin()[:, None]
    x = decoder.embed_tokens(batch.ids)
    count = x.size(0)
    for block, layer in enumerate(decoder.layers):
        attention, mlp = layer.self_attn, layer.mlp
        h = _normalise(x, layer.input_layernorm)
        q = _rotate(attention.q_proj(h).view(count, heads, head_size), cos, sin)
        k = _rotate(attention.k_proj(h).view(count, kv_heads, head_size), cos, sin)
        v = attention.v_proj(h).view(count, kv_heads, head_size)
        k, v = (t.repeat_interleave(heads // kv_heads, 1) for t in (k, v))
        mixed = torch.cat([part for span in batch.spans for part in _attend(q, k, v.to(q.dtype), span)])
        x = x + attention.o_proj(mixed.reshape(count, heads * head_size))
        h = _normalise(x, layer.post_attention_layernorm)
        x = x + mlp.down_proj(F.silu(mlp.gate_proj(h)) * mlp.up_proj(h))
        if tap:
            tap(block, x)
    return _normalise(x, decoder.norm)


def negative_log_likelihood(model: LlamaForCausalLM, batch: Batch) -> tuple[Tensor, int]:
    """Sum of -log p over the labelled tokens, in nats, and their number. The head gets no gradient."""
    hidden = hidden_states(model, batch)
    labelled = batch.labels != IGNORED
    device = batch.ids.device.type
    dtype = torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else torch.float32
    loss = _FrozenHeadLoss.apply(hidden[labelled].float(), model.lm_head.weight, batch.labels[labelled], dtype)
    return loss, int(labelled.sum())


def log_likelihoods(model: LlamaForCausalLM, batch: Batch) -> list[list[float]]:
    """For each tree and branch the mean log p of the response, in nats a token."""
    hidden = hidden_states(model, batch)
    result = []
    for span in batch.spans:
        scores = []
        for positions, valid in zip(span.positions, span.valid):
            at = positions[valid]
            at = at[batch.labels[at] != IGNORED]
            logits = model.lm_head(hidden[at]).float()
            scores.append(-F.cross_entropy(logits, batch.labels[at]).item())
        result.append(scores)
    return result


def _normalise(x: Tensor, norm: torch.nn.Module) -> Tensor:
    return F.rms_norm(x, (x.size(-1),), norm.weight, norm.variance_epsilon)


def _rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    a, b = x.chunk(2, -1)
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)


def _attend(q: Tensor, k: Tensor, v: Tensor, span: Span) -> list[Tensor]:
    """Attention of one tree: its prefix, then its branches, each [tokens, heads, head size]."""
    prefix = slice(span.start, span.start + span.prefix_length)
    qp, kp, vp = (t[prefix].transpose(0, 1)[None] for t in (q, k, v))
    over_prefix = F.scaled_dot_product_attention(qp, kp, vp, is_causal=True)[0].transpose(0, 1)
    branches = span.positions.size(0)
    qb, kb, vb = (t[span.positions].transpose(1, 2) for t in (q, k, v))
    over_branches = F.scaled_dot_product_attention(
        qb,
        torch.cat([kp.expand(branches, -1, -1, -1), kb], 2),
        torch.cat([vp.expand(branches, -1, -1, -1), vb], 2),
        attn_mask=span.mask.to(qb.dtype),
    )
    return [over_prefix, over_branches.transpose(1, 2)[span.valid]]


class _FrozenHeadLoss(torch.autograd.Function):
    """Cross entropy through a fixed head. The gradient is made in the forward pass, so no logits are kept."""

    @staticmethod
    def forward(ctx, hidden: Tensor, head: Tensor, labels: Tensor, dtype: torch.dtype) -> Tensor:
        with torch.autocast(hidden.device.type, enabled=False):
            head = head.to(dtype)
            total = hidden.new_zeros(())
            gradient = torch.empty_like(hidden) if ctx.needs_input_grad[0] else None
            for start in range(0, hidden.size(0), _HEAD_CHUNK):
                rows = slice(start, start + _HEAD_CHUNK)
                label = labels[rows, None]
                logits = (hidden[rows].to(dtype) @ head.T).float()
                logits -= logits.amax(-1, keepdim=True)
                total -= logits.gather(1, label).sum()
                logits.exp_()
                sums = logits.sum(-1, keepdim=True)
                total += sums.log().sum()
                if gradient is not None:  # softmax minus one-hot, back through the head
                    logits /= sums
                    logits.scatter_add_(1, label, -torch.ones_like(label, dtype=logits.dtype))
                    gradient[rows] = (logits.to(dtype) @ head).float()
        ctx.save_for_backward(gradient)
        return total

    @staticmethod
    def backward(ctx, upstream: Tensor):
        (gradient,) = ctx.saved_tensors
        return gradient * upstream, None, None, None
