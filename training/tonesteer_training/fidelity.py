"""Whether the round trip still tells a faithful rewrite from a damaged one.

A model trained on the way back finds every source likelier, so a floor in nats does not keep its meaning by itself.
What must hold is the order: a reference rewrite above the same rewrite with a sentence dropped or a number changed.
"""

import random
import re
from collections.abc import Sequence

from .bench import Bench
from .corpus import MARKED_TONES, Passage, sentences

_NUMBER = re.compile(r"\d+")


def damaged(text: str, rng: random.Random) -> str | None:
    """The text with its one number changed or one sentence dropped; None if it has neither to lose."""
    numbers = list(_NUMBER.finditer(text))
    parts = sentences(text)
    if numbers and (len(parts) < 2 or rng.random() < 0.5):
        at = rng.choice(numbers)
        other = str(int(at.group()) + rng.randint(1, 9))
        return text[: at.start()] + other + text[at.end() :]
    if len(parts) < 2:
        return None
    dropped = rng.randrange(len(parts))
    return " ".join(part for i, part in enumerate(parts) if i != dropped)


def round_trip_separation(bench: Bench, passages: Sequence[Passage], seed: int = 0) -> dict[str, float]:
    """Mean round trips of references and damaged copies, the share of pairs in order, and what passes the floor."""
    rng = random.Random(seed)
    whole: list[float] = []
    broken: list[float] = []
    for passage in passages:
        tone = rng.choice(MARKED_TONES)
        copy = damaged(passage.rewrites[tone], rng)
        if copy:
            a, b = bench.round_trips(passage.source, [passage.rewrites[tone], copy])
            whole.append(a)
            broken.append(b)
    if not whole:
        return {"pairs": 0}
    count = len(whole)
    return {
        "pairs": count,
        "reference": round(sum(whole) / count, 3),
        "damaged": round(sum(broken) / count, 3),
        "ordered": round(sum(a > b for a, b in zip(whole, broken)) / count, 3),
        "referenceAboveFloor": round(sum(a >= bench.floor for a in whole) / count, 3),
        "damagedAboveFloor": round(sum(b >= bench.floor for b in broken) / count, 3),
    }
