"""A passage and all its rewrites as one tree, and several trees as one flat batch.

The passage is read once, its rewrites are branches over that shared prefix. Against one sequence a rewrite this saves
most of the prompt tokens; against padding it saves the rest.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from . import prompt

Encode = Callable[[str], list[int]]
IGNORED = -100


@dataclass(frozen=True)
class Branch:
    """One rewrite to be learned; `tone` is named in the prompt, or None."""

    tone: str | None
    text: str


@dataclass(frozen=True)
class Tree:
    """Token ids: the prefix, and for each branch what leads to the response and the response with its end mark."""

    prefix: list[int]
    branches: list[tuple[list[int], list[int]]]

    @staticmethod
    def build(encode: Encode, source: str, branches: Iterable[Branch]) -> "Tree":
        return Tree(
            encode(prompt.before(source)),
            [(encode(prompt.after(b.tone)), encode(b.text + prompt.STOP)) for b in branches],
        )

    def __len__(self) -> int:
        return len(self.prefix) + sum(len(lead) + len(response) for lead, response in self.branches)

    @property
    def label_count(self) -> int:
        return sum(len(response) for _, response in self.branches)


@dataclass(frozen=True)
class Span:
    """Where one tree lies in the flat batch, and how its branches attend."""

    start: int
    prefix_length: int
    positions: Tensor  # [branches, longest]: flat index of each branch token, 0 where there is none
    valid: Tensor  # [branches, longest]: True where there is a token
    mask: Tensor  # [longest, prefix + longest]: 0 or -inf, the whole prefix and the earlier tokens of the branch


@dataclass(frozen=True)
class Batch:
    """Trees laid end to end: ids, rope positions, labels (the NEXT token, or IGNORED), branch numbers, all [tokens]."""

    ids: Tensor
    rope: Tensor
    labels: Tensor
    branch: Tensor  # -1 in the prefix, else the branch's number within its tree
    spans: list[Span]

    @staticmethod
    def pack(trees: list[Tree], device: torch.device | str = "cpu") -> "Batch":
        ids: list[int] = []
        rope: list[int] = []
        labels: list[int] = []
        branch: list[int] = []
        spans = []
        for tree in trees:
            start, prefix_length = len(ids), len(tree.prefix)
            ids += tree.prefix
            rope += range(prefix_length)
            labels += [IGNORED] * prefix_length
            branch += [-1] * prefix_length
            lengths = []
            for number, (lead, response) in enumerate(tree.branches):
                length = len(lead) + len(response)
                lengths.append(length)
                ids += lead + response
                rope += range(prefix_length, prefix_length + length)
                labels += [IGNORED] * (len(lead) - 1) + response + [IGNORED]
                branch += [number] * length
            spans.append(_span(start, prefix_length, lengths, device))
        flat = [torch.tensor(values, device=device) for values in (ids, rope, labels, branch)]
        return Batch(*flat, spans)

    def __len__(self) -> int:
        return len(self.ids)


def _span(start: int, prefix_length: int, lengths: list[int], device: torch.device | str) -> Span:
    longest = max(lengths)
    positions = torch.zeros(len(lengths), longest, dtype=torch.long)
    valid = torch.zeros(len(lengths), longest, dtype=torch.bool)
    at = start + prefix_length
    for number, length in enumerate(lengths):
        positions[number, :length] = torch.arange(at, at + length)
        valid[number, :length] = True
        at += length
    mask = torch.zeros(longest, prefix_length + longest)
    mask[:, prefix_length:] = torch.full((longest, longest), float("-inf")).triu(1)
    return Span(start, prefix_length, positions.to(device), valid.to(device), mask.to(device))
