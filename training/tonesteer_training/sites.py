"""Sites: the blocks whose output is read and steered. Depth is block / (number of blocks - 1), 0 to 1."""

from collections.abc import Iterable, Sequence


def default_sites(blocks: int) -> list[int]:
    """Every second block from 20 % to 90 % of the depth: what classifiers are learned for."""
    return list(range(round(0.2 * blocks), round(0.9 * blocks), 2))


def nearest_sites(known: Sequence[int], blocks: int, depths: Iterable[float]) -> list[int]:
    """The known sites nearest to the depths, each once, in order."""
    return sorted({min(known, key=lambda site: abs(site / (blocks - 1) - depth)) for depth in depths})
