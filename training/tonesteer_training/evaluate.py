"""The table: each way of steering at its own best alpha, and the pack's yield, on passages unseen in calibration."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from .bench import Bench
from .calibrate import best_alpha, curve, halves
from .cases import MODES, Case, cases
from .checks import kept_share
from .corpus import MARKED_TONES, Passage
from .export import write_pack
from .fidelity import round_trip_separation
from .yields import rewrite

METHODS = {"K-Steering": "mlp", "linear probe": "linear", "CAA": "caa", "random direction": "random"}


@dataclass(frozen=True)
class EvaluationSettings:
    passages: int = 8  # in each half: alphas are chosen on one, figures are of the other
    yield_passages: int = 6
    alphas: tuple[float, ...] = (0.04, 0.07, 0.1, 0.13, 0.16, 0.2)
    modes: tuple[str, ...] = MODES
    seed: int = 0


def evaluate(bench: Bench, held_out: list[Passage], settings: EvaluationSettings) -> dict:
    """Everything measured of a pack. `measured` in pack.json is replaced by it."""
    choosing, reporting = halves(held_out, settings.seed)
    choosing, reporting = choosing[: settings.passages], reporting[: settings.passages]
    measured: dict = {
        "how": (
            f"{len(reporting)} held-out passages under 60 words, each tone (or pair) asked of each; greedy, one row; "
            f"alpha chosen by yield on {len(choosing)} others. success: the text-only judge finds the tone. "
            f"sound: every check passed and round trip >= {bench.floor}. yielded: both."
        ),
        "judgeAccuracy": round(bench.judge.accuracy(held_out), 3),
        "table": comparison(bench, choosing, reporting, settings),
        "roundTrip": round_trip_separation(bench, reporting),
        "yield": {
            "sentences": whole_yield(
                bench, reporting[: settings.yield_passages], bench.description["writing"]["unitWords"]
            ),
            "passages": whole_yield(bench, reporting[: settings.yield_passages], None),
        },
    }
    write_pack(bench.pack, bench.description | {"measured": measured})
    return measured


def comparison(
    bench: Bench, choosing: list[Passage], reporting: list[Passage], settings: EvaluationSettings
) -> dict[str, dict]:
    """Row name -> outcome, for every method and mode, with unsteered and prompt-only rows beside them."""
    sites = bench.description["steering"]["sites"]
    table: dict[str, dict] = {}
    for mode in settings.modes:
        unsteered = curve(bench, "mlp", sites, cases(reporting, mode), [0.0])[0.0]
        table[f"{mode}: {'prompt only' if mode == 'named' else 'unsteered'}"] = asdict(unsteered)
        for title, method in METHODS.items():
            alpha = best_alpha(curve(bench, method, sites, cases(choosing, mode), settings.alphas))
            outcome = curve(bench, method, sites, cases(reporting, mode), [alpha])[alpha]
            table[f"{mode}: {title}"] = {"alpha": alpha} | asdict(outcome)
            print(f"{mode}: {title}", table[f"{mode}: {title}"], flush=True)
    return table


def whole_yield(bench: Bench, passages: Sequence[Passage], words: int | None) -> dict:
    """The extension's own procedure: for each tone the share of texts that end in it, each rewritten unit sound."""
    steering = bench.description["steering"]
    named = steering["toneInstruction"]
    alpha = steering["alpha"] if named else steering["agnostic"]["alpha"]
    writer = bench.writer("mlp", steering["sites"])
    result: dict = {}
    for tone in MARKED_TONES:
        asked = [Case(p.source, (tone,), named=tone if named else None) for p in passages]
        done = [rewrite(bench, writer, case, alpha, words) for case in asked]
        good = [r.changed > 0 and bench.judged(case, [r.text])[0] for case, r in zip(asked, done)]
        result[tone] = {
            "yielded": _mean(good),
            "unitsRewritten": _mean([r.changed / r.units for r in done]),
            "kept": _mean([kept_share(case.source, r.text) for case, r in zip(asked, done)]),
        }
        if words is None:
            result[tone]["anyCandidate"] = _mean([bool(r.any_good) for r in done])
        print(words, tone, result[tone], flush=True)
    result["all"] = {key: _mean([result[t][key] for t in MARKED_TONES]) for key in result[MARKED_TONES[0]]}
    return result


def markdown(measured: dict) -> str:
    """The comparison as a Markdown table."""
    columns = ("alpha", "success", "sound", "yielded", "whole", "kept", "overlap", "round_trip", "cases")
    lines = ["| | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for name, row in measured["table"].items():
        lines.append(f"| {name} | " + " | ".join(str(row.get(c, "")) for c in columns) + " |")
    return "\n".join(lines) + "\n"


def write_report(measured: dict, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "measured.json").write_text(json.dumps(measured, indent=2) + "\n")
    (folder / "table.md").write_text(markdown(measured))


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), 3) if values else 0.0
