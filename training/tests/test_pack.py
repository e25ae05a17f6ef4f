"""From a run to a measured pack, by the commands, on the tiny model."""

import json

import numpy as np
import pytest

from tonesteer_training.bench import Bench, Candidate
from tonesteer_training.calibrate import best_alpha
from tonesteer_training.cases import MODES, PAIRS, Case, cases
from tonesteer_training.cli import main
from tonesteer_training.corpus import MARKED_TONES, TONES, load_corpus
from tonesteer_training.evaluate import markdown
from tonesteer_training.export import read_pack
from tonesteer_training.sites import default_sites, nearest_sites
from tonesteer_training.yields import units_of

SMALL = ["--trees", "4", "--budget-epochs", "0.3", "--held-out", "2", "--peak-rate", "0.003", "--warm-up-tokens", "200"]


@pytest.fixture(scope="module")
def run(tmp_path_factory, checkpoint_folder, corpus):
    folder = tmp_path_factory.mktemp("run")
    common = ["--run", str(folder), "--corpus", str(corpus), "--passages", "1", "--tone-passages", "4"]
    common += ["--alphas", "0.1", "0.2", "--modes", "agnostic"]
    main(["all", *common, "--base", str(checkpoint_folder), "--device", "cpu", *SMALL])
    return folder


def test_one_command_makes_a_whole_pack(run):
    pack = read_pack(run / "pack")
    assert pack["architecture"] | {"blocks": 4, "hidden": 64, "headDimension": 16} == pack["architecture"]
    assert [t["id"] for t in pack["tones"]] == list(TONES)
    for name, facts in pack["files"].items():
        assert (run / "pack" / name).stat().st_size == facts["bytes"]
    assert {"model.onnx", "model.onnx.data", "tokenizer.json", "tones.safetensors", "config.json"} <= set(pack["files"])


def test_calibration_chooses_among_the_alphas_it_measured(run):
    found = json.loads((run / "calibration.json").read_text())
    steering = read_pack(run / "pack")["steering"]
    assert set(found["curves"]) == set(MODES)
    assert steering == found["steering"]
    for mode in ("agnostic", "several", "suppress"):
        assert str(steering[mode]["alpha"]) in found["curves"][mode]


def test_the_table_has_every_method_and_the_unsteered_model(run):
    measured = read_pack(run / "pack")["measured"]
    assert len(measured["table"]) == 5
    assert measured == json.loads((run / "evaluation" / "measured.json").read_text())
    assert markdown(measured).count("\n") == 2 + len(measured["table"])
    assert set(measured["yield"]["sentences"]) == {*MARKED_TONES, "all"}


def test_alpha_zero_writes_what_no_steering_writes(run, corpus):
    passages = load_corpus(corpus / "train.jsonl")
    bench = Bench(run / "pack", passages)
    case = Case(passages[0].source, ("casual",))
    sites = bench.description["steering"]["sites"]
    one, two = (bench.candidates(bench.writer(m, sites), case, [0.0])[0] for m in ("mlp", "random"))
    assert one == two


def test_the_best_alpha_has_the_highest_yield_then_success_then_is_the_smallest():
    class Outcome:
        def __init__(self, yielded, success):
            self.yielded, self.success = yielded, success

    outcomes = {0.1: Outcome(0.5, 0.6), 0.2: Outcome(0.5, 0.8), 0.3: Outcome(0.5, 0.8), 0.4: Outcome(0.4, 1.0)}
    assert best_alpha(outcomes) == 0.2


def test_the_weights_of_a_case_share_one(passages):
    c = Case("x", ("expert", "concise"), ("casual",)).weights()
    assert c.sum() == 0 and c[TONES.index("expert")] == 0.5 and c[TONES.index("casual")] == -1


def test_a_suppressed_tone_succeeds_when_it_no_longer_leads(passages):
    case = Case("x", suppressed=("casual",))
    led, gone = [0.1] * 7, [0.1] * 7
    led[TONES.index("casual")] = 0.4
    gone[TONES.index("expert")] = 0.4
    assert not case.succeeded(np.array(led)) and case.succeeded(np.array(gone))


def test_cases_cover_tones_pairs_and_suppressions(passages):
    assert len(cases(passages[:2], "named")) == 12 and all(c.named for c in cases(passages[:2], "named"))
    assert len(cases(passages[:2], "several")) == 2 * len(PAIRS)
    assert cases(passages[:1], "suppress")[0].source == passages[0].rewrites["expert"]


def test_units_join_short_sentences_and_lose_nothing():
    text = "One two three. Four five. Six seven eight nine ten. Eleven."
    assert units_of(text, 5) == ["One two three. Four five.", "Six seven eight nine ten.", "Eleven."]
    assert units_of(text, None) == [text]


def test_sites_are_found_by_depth():
    assert default_sites(30) == [6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26]
    assert nearest_sites(default_sites(30), 30, (0.41, 0.55, 0.69)) == [12, 16, 20]
    assert nearest_sites(default_sites(30), 30, (0.76,)) == [22]


def test_a_candidate_below_the_floor_is_not_sound(run, corpus):
    bench = Bench(run / "pack", load_corpus(corpus / "train.jsonl"), floor=-1.0)
    assert bench.sound(Candidate("x", None, -0.9, 0.1))
    assert not bench.sound(Candidate("x", None, -1.1, 0.1))
    assert not bench.sound(Candidate("x", "loop", -0.1, 0.1))
