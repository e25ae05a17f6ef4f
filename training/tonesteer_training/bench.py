"""The measuring bench: a pack's tokenizer and graphs, the judge, and what is asked of each draft."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from transformers import AutoTokenizer

from . import checks, prompt
from .cases import Case
from .corpus import Passage, content_overlap
from .engine import Draft, Reader, Writer
from .export import read_pack
from .judge import Judge


@dataclass(frozen=True)
class Candidate:
    """A rewrite and what is known of it."""

    text: str
    fault: str | None
    round_trip: float  # mean log-probability of the source given the candidate, nats a token
    alpha: float
    ids: tuple[int, ...] = ()


class Bench:
    def __init__(self, pack: Path, train: list[Passage], floor: float | None = None):
        self.pack = pack
        self.description = read_pack(pack)
        ranking = self.description["steering"]["ranking"]
        self.floor = ranking["roundTripFloor"] if floor is None else floor
        self.judge = Judge(train)
        self._ranking = ranking
        self._tokenizer = AutoTokenizer.from_pretrained(pack)
        self._reader = Reader(pack, ranking["readingSite"])

    def writer(self, method: str, sites: Sequence[int]) -> Writer:
        return Writer(self.pack, method, list(sites), self.encode(prompt.STOP)[0])

    def encode(self, text: str) -> list[int]:
        return self._tokenizer(text, add_special_tokens=False)["input_ids"]

    def candidates(
        self, writer: Writer, case: Case, alphas: Sequence[float], temperatures: Sequence[float] | None = None
    ) -> list[Candidate]:
        """One candidate for each alpha, checked and read back."""
        source = self.encode(case.source)
        question = self.encode(prompt.before(case.source)) + self.encode(prompt.after(case.named))
        weights = np.repeat(case.weights()[None], len(alphas), 0)
        limit = int(1.8 * len(source)) + 24
        drafts = writer.write(question, weights, list(alphas), list(temperatures or [0.0] * len(alphas)), limit)
        return self._read(case, drafts, alphas)

    def judged(self, case: Case, texts: list[str]) -> list[bool]:
        """Whether each text has the tone asked for, by its words alone."""
        return [case.succeeded(p) for p in self.judge.probabilities(texts)]

    def sound(self, candidate: Candidate) -> bool:
        """Whether the candidate may stand: no fault, and its round trip reaches the floor."""
        return candidate.fault is None and candidate.round_trip >= self.floor

    def best(self, case: Case, candidates: Sequence[Candidate]) -> Candidate | None:
        """The highest toneWeight x tone reading + roundTripWeight x round trip; None if there are no candidates.

        The reading is the classifier's log sigmoid of each tone, the candidate re-read unsteered, times the weights.
        """
        question, weights = self._question(case.source), case.weights()
        readings = self._reader.tones([(question, list(c.ids)) for c in candidates])
        scores = [
            self._ranking["toneWeight"] * float(reading @ weights) + self._ranking["roundTripWeight"] * c.round_trip
            for reading, c in zip(readings, candidates)
        ]
        return candidates[int(np.argmax(scores))] if scores else None

    def round_trips(self, source: str, rewrites: list[str]) -> list[float]:
        ids = self.encode(source)
        return self._reader.log_likelihoods([(self._question(text), ids) for text in rewrites])

    def _read(self, case: Case, drafts: list[Draft], alphas: Sequence[float]) -> list[Candidate]:
        texts = [self._tokenizer.decode(d.ids, skip_special_tokens=True).strip() for d in drafts]
        # Rows often agree word for word: each text is read once.
        unlike = [text for text in dict.fromkeys(texts) if text]
        trips = dict(zip(unlike, self.round_trips(case.source, unlike)))
        return [
            Candidate(
                text=text,
                fault=checks.fault(case.source, text, draft.ended, case.concise),
                round_trip=trips.get(text, float("-inf")),
                alpha=alpha,
                ids=tuple(draft.ids),
            )
            for text, draft, alpha in zip(texts, drafts, alphas)
        ]

    def _question(self, text: str) -> list[int]:
        return self.encode(prompt.before(text)) + self.encode(prompt.after())


@dataclass(frozen=True)
class Outcome:
    """Shares over many cases, 0 to 1 (`round_trip` in nats a token)."""

    success: float  # the judge finds the tone asked for
    sound: float  # no fault and a round trip above the floor
    yielded: float  # both
    whole: float  # neither cut off nor looping
    kept: float  # of the source's keepers
    overlap: float  # of the source's content words
    round_trip: float
    cases: int

    @staticmethod
    def of(bench: Bench, pairs: Sequence[tuple[Case, Candidate]]) -> "Outcome":
        judged = bench.judge.probabilities([c.text for _, c in pairs])
        success = np.array([case.succeeded(p) for (case, _), p in zip(pairs, judged)])
        sound = np.array([bench.sound(c) for _, c in pairs])
        trips = np.array([max(c.round_trip, -10.0) for _, c in pairs])
        return Outcome(
            success=_share(success),
            sound=_share(sound),
            yielded=_share(success & sound),
            whole=_share([c.fault not in ("cut off", "loop") for _, c in pairs]),
            kept=_share([checks.kept_share(case.source, c.text) for case, c in pairs]),
            overlap=_share([content_overlap(case.source, c.text) for case, c in pairs]),
            round_trip=_share(trips),
            cases=len(pairs),
        )


def _share(values: Sequence[float] | np.ndarray) -> float:
    return round(float(np.mean(values)), 3)
