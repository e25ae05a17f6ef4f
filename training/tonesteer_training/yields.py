"""Yield by the extension's procedure: several candidates a unit, checked, ranked; a unit that has none stays."""

from dataclasses import dataclass

from .bench import Bench, Candidate
from .cases import Case
from .corpus import sentences, word_count
from .engine import Writer


@dataclass(frozen=True)
class Rewritten:
    """`any_good`: some sound candidate of the whole text has the tone (None when it is written in units)."""

    text: str
    changed: int  # units
    units: int
    any_good: bool | None


def units_of(text: str, words: int | None) -> list[str]:
    """Sentences, joined up to `words` words; the whole text if None."""
    if words is None:
        return [text]
    units: list[str] = []
    for sentence in sentences(text):
        if units and word_count(units[-1]) + word_count(sentence) <= words:
            units[-1] += " " + sentence
        else:
            units.append(sentence)
    return units


def rewrite(bench: Bench, writer: Writer, case: Case, alpha: float, words: int | None) -> Rewritten:
    """Write every unit: the calibrated row, more rows only if it will not do; where none will, the unit stays."""
    parts, changed, any_good = [], 0, None
    units = units_of(case.source, words)
    for unit in units:
        asked = Case(unit, case.promoted, case.suppressed, case.named)
        found = bench.candidates(writer, asked, [alpha])
        if words is None or not bench.sound(found[0]):
            found += _more(bench, writer, asked, alpha)
        sound = [c for c in found if bench.sound(c)]
        if words is None:
            any_good = any(bench.judged(case, [c.text for c in sound])) if sound else False
        chosen = _choose(bench, asked, found, sound)
        parts.append(chosen.text if chosen else unit)
        changed += chosen is not None
    return Rewritten(" ".join(parts), changed, len(units), any_good)


def _more(bench: Bench, writer: Writer, case: Case, alpha: float) -> list[Candidate]:
    rows = bench.description["steering"]["rows"]
    factors = rows["greedy"][1:] + rows["sampled"]
    temperatures = [0.0] * (len(rows["greedy"]) - 1) + [rows["temperature"]] * len(rows["sampled"])
    return bench.candidates(writer, case, [alpha * f for f in factors], temperatures)


def _choose(bench: Bench, case: Case, found: list[Candidate], sound: list[Candidate]) -> Candidate | None:
    """The first row if it is sound, as the extension streams it; else the highest ranked."""
    if bench.sound(found[0]):
        return found[0]
    return bench.best(case, sound)
