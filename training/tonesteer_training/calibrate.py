"""Alpha and sites by yield, on the exported model: for one tone (named or not), two tones, and suppression."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from .bench import Bench, Candidate, Outcome
from .cases import MODES, Case, cases
from .corpus import Passage, word_count
from .export import write_pack
from .sites import nearest_sites

_WHOLE = 0.8  # above the largest alpha at which this share of texts stays whole, text breaks
_LONGEST = 60  # words


@dataclass(frozen=True)
class CalibrationSettings:
    passages: int = 8
    alphas: tuple[float, ...] = (0.0, 0.04, 0.07, 0.1, 0.13, 0.16, 0.2, 0.25)
    depths: tuple[tuple[float, ...], ...] = ((0.41, 0.55, 0.69), (0.55, 0.62, 0.69), (0.55,))
    """Candidate sets of sites, as layer depths: site / (blocks - 1)."""
    seed: int = 0


def halves(passages: list[Passage], seed: int) -> tuple[list[Passage], list[Passage]]:
    """Held-out passages for choosing values and others for reporting them; short ones, shuffled."""
    short = [p for p in passages if word_count(p.source) < _LONGEST]
    random.Random(seed).shuffle(short)
    return short[::2], short[1::2]


def curve(
    bench: Bench, method: str, sites: Sequence[int], asked: list[Case], alphas: Sequence[float]
) -> dict[float, Outcome]:
    """One greedy row for every alpha, all alphas of a case over one prompt."""
    by_alpha: dict[float, list[tuple[Case, Candidate]]] = {alpha: [] for alpha in alphas}
    writer = bench.writer(method, sites)
    for case in asked:
        for candidate in bench.candidates(writer, case, alphas):
            by_alpha[candidate.alpha].append((case, candidate))
    return {alpha: Outcome.of(bench, pairs) for alpha, pairs in by_alpha.items()}


def best_alpha(outcomes: dict[float, Outcome]) -> float:
    """The alpha of the highest yield; of equals the one with more success, then the smaller."""
    return max(outcomes, key=lambda a: (outcomes[a].yielded, outcomes[a].success, -a))


def calibrate(bench: Bench, held_out: list[Passage], settings: CalibrationSettings) -> dict:
    """Choose sites by agnostic yield (there steering does all the work), then an alpha a mode; both go to pack.json."""
    choosing, _ = halves(held_out, settings.seed)
    passages = choosing[: settings.passages]
    found: dict[tuple[int, ...], dict[float, Outcome]] = {}
    for sites in _site_sets(bench, settings.depths):
        found[sites] = curve(bench, "mlp", sites, cases(passages, "agnostic"), settings.alphas)
        _show("agnostic", sites, found[sites])
    sites = max(found, key=lambda s: (lambda o: (o.yielded, o.success))(found[s][best_alpha(found[s])]))
    curves = {"agnostic": found[sites]}
    for mode in (m for m in MODES if m != "agnostic"):
        curves[mode] = curve(bench, "mlp", sites, cases(passages, mode), settings.alphas)
        _show(mode, sites, curves[mode])
    steering = bench.description["steering"] | {
        "sites": list(sites),
        "alpha": best_alpha(curves["named"]),
        "alphaMaximum": max(
            (a for a, o in curves["agnostic"].items() if o.whole >= _WHOLE), default=min(settings.alphas)
        ),
        "agnostic": {"alpha": best_alpha(curves["agnostic"])},
        "several": {"alpha": best_alpha(curves["several"]), "toneInstruction": False},
        "suppress": {"alpha": best_alpha(curves["suppress"]), "toneInstruction": False},
    }
    write_pack(bench.pack, bench.description | {"steering": steering})
    return {"steering": steering, "curves": {m: {str(a): asdict(o) for a, o in c.items()} for m, c in curves.items()}}


def _site_sets(bench: Bench, depths: Sequence[Sequence[float]]) -> Iterator[tuple[int, ...]]:
    """The known sites nearest to each set of depths."""
    known = sorted(int(site) for site in bench.description["sites"])
    blocks = bench.description["architecture"]["blocks"]
    yield from dict.fromkeys(tuple(nearest_sites(known, blocks, wanted)) for wanted in depths)


def _show(mode: str, sites: Sequence[int], outcomes: dict[float, Outcome]) -> None:
    for alpha, o in outcomes.items():
        print(mode, "+".join(map(str, sites)), alpha, asdict(o), flush=True)
