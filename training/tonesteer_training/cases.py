"""What calibration and evaluation ask of the rewriter: a text, signed tone weights, and whether a tone is named."""

from dataclasses import dataclass

import numpy as np

from .corpus import MARKED_TONES, TONES, Passage

PAIRS = (
    ("expert", "concise"),
    ("empathetic", "helpful"),
    ("casual", "concise"),
    ("cautious", "expert"),
    ("empathetic", "cautious"),
    ("casual", "helpful"),
)
MODES = ("named", "agnostic", "several", "suppress")


@dataclass(frozen=True)
class Case:
    source: str
    promoted: tuple[str, ...] = ()
    suppressed: tuple[str, ...] = ()
    named: str | None = None

    @property
    def label(self) -> str:
        return "+".join(self.promoted) or "-" + "-".join(self.suppressed)

    @property
    def concise(self) -> bool:
        return "concise" in self.promoted

    def weights(self) -> np.ndarray:
        """[tones]: the promoted tones share 1, the suppressed ones share -1."""
        c = np.zeros(len(TONES), np.float32)
        for tones, total in ((self.promoted, 1.0), (self.suppressed, -1.0)):
            for tone in tones:
                c[TONES.index(tone)] += total / len(tones)
        return c

    def succeeded(self, probabilities: np.ndarray) -> bool:
        """By probabilities [tones]: the promoted tones lead; a suppressed tone neither leads nor has half."""
        ranked = [TONES[i] for i in probabilities.argsort()[::-1]]
        promoted = set(self.promoted) <= set(ranked[: len(self.promoted)])
        return promoted and all(ranked[0] != t and probabilities[TONES.index(t)] < 0.5 for t in self.suppressed)


def cases(passages: list[Passage], mode: str) -> list[Case]:
    """Each tone of each passage (`named`, `agnostic`), pairs (`several`), each tone out of a rewrite (`suppress`)."""
    if mode == "named":
        return [Case(p.source, (tone,), named=tone) for p in passages for tone in MARKED_TONES]
    if mode == "agnostic":
        return [Case(p.source, (tone,)) for p in passages for tone in MARKED_TONES]
    if mode == "several":
        return [Case(p.source, pair) for p in passages for pair in PAIRS]
    if mode == "suppress":
        return [Case(p.rewrites[tone], suppressed=(tone,)) for p in passages for tone in MARKED_TONES]
    raise ValueError(f"There is no mode {mode}; choose one of {', '.join(MODES)}.")
