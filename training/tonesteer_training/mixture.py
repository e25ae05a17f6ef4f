"""What an epoch is made of.

Every choice serves the round trip, the measure of kept meaning:
- short passages always, long ones only now and then: the extension writes in units of about a sentence;
- sentences of long passages as passages of their own, for the same reason;
- rewrites as sources, with the original text among the targets: the round trip itself, and tone to tone besides;
- a tone is named on half of the branches: naming it is the default when one tone is asked, and what the instruction
  does the steering need not, which keeps alpha small and the text whole. The other half serves pure steering.
"""

import random
from dataclasses import dataclass

from .corpus import TONES, Passage, sentence_units, word_count
from .trees import Branch


@dataclass(frozen=True)
class MixtureSettings:
    short_words: int = 40  # a passage of up to this many words is in every epoch
    long_share: float = 0.35  # of the longer ones, the share in an epoch
    unit_share: float = 0.8  # of the passages with matched sentences, the share that gives one in an epoch
    reverse_share: float = 0.5  # of the forward trees, the share that gets a tree from a rewrite back
    reverse_tones: int = 2  # other tones beside the original text in a reverse tree
    named_share: float = 0.5  # of the branches towards a tone, the share that names it


@dataclass(frozen=True)
class Example:
    source: str
    branches: list[Branch]


class Mixture:
    """Epochs of examples; an epoch depends on nothing but the seed and its number, so a resumed run sees the same."""

    def __init__(self, passages: list[Passage], seed: int = 0, settings: MixtureSettings = MixtureSettings()):
        self._passages = passages
        self._units = [units for p in passages if (units := sentence_units(p))]
        self._seed = seed
        self._settings = settings

    def epoch(self, number: int) -> list[Example]:
        rng, s = random.Random(f"{self._seed}/{number}"), self._settings
        chosen = [p for p in self._passages if word_count(p.source) <= s.short_words or rng.random() < s.long_share]
        chosen += [rng.choice(units) for units in self._units if rng.random() < s.unit_share]
        examples = []
        for passage in chosen:
            examples.append(self._forward(passage, rng))
            if rng.random() < s.reverse_share:
                examples.append(self._reverse(passage, rng))
        rng.shuffle(examples)
        return examples

    def _forward(self, passage: Passage, rng: random.Random) -> Example:
        return Example(passage.source, [self._branch(passage, tone, rng) for tone in passage.rewrites])

    def _reverse(self, passage: Passage, rng: random.Random) -> Example:
        start = rng.choice(list(passage.rewrites))
        others = [tone for tone in TONES if tone in passage.rewrites and tone != start]
        others = rng.sample(others, min(self._settings.reverse_tones, len(others)))
        back = Branch(None, passage.source)
        return Example(passage.rewrites[start], [back] + [self._branch(passage, tone, rng) for tone in others])

    def _branch(self, passage: Passage, tone: str, rng: random.Random) -> Branch:
        return Branch(tone if rng.random() < self._settings.named_share else None, passage.rewrites[tone])
