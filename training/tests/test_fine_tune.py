import shutil

import pytest
import torch

from tonesteer_training import checkpoint
from tonesteer_training.device import Device
from tonesteer_training.fine_tune import FineTune, FineTuneSettings, fine_tune
from tonesteer_training.rewriter import load_rewriter
from tonesteer_training.run_folder import RunFolder

CPU = Device("cpu", "float32")
FAST = {"peak_rate": 3e-3, "warm_up_tokens": 200, "trees": 4, "held_out": 2, "budget_epochs": 1.0}


def begin(checkpoint_folder):
    return lambda folder: shutil.copytree(checkpoint_folder, folder)


def run_once(folder, checkpoint_folder, corpus, **changes):
    fine_tune(folder, begin(checkpoint_folder), corpus, FAST | changes, CPU)
    return RunFolder(folder)


def test_the_held_out_loss_falls_and_the_run_is_whole(tmp_path, checkpoint_folder, corpus):
    run = run_once(tmp_path / "run", checkpoint_folder, corpus)
    losses = [r["mean"] for r in run.records("held-out")]
    assert losses[-1] < losses[0] - 0.3
    end = run.records("end")[-1]
    assert end["tokens"] >= run.records("start")[0]["budget"]
    assert end["epoch"] == 1 and end["index"] == 0
    assert checkpoint.load_progress(run.checkpoint).step == end["step"]
    assert not (run.path / "pid").exists()
    model, _ = load_rewriter(run, "best")
    assert not any(p.requires_grad for p in model.parameters())


def test_a_run_cut_off_and_resumed_ends_where_an_unbroken_one_does(tmp_path, checkpoint_folder, corpus, monkeypatch):
    whole = run_once(tmp_path / "whole", checkpoint_folder, corpus)
    step, steps = FineTune._step, []

    def step_and_stop(self):
        rate = step(self)
        steps.append(rate)
        if len(steps) == 3:
            self._stop()
        return rate

    monkeypatch.setattr(FineTune, "_step", step_and_stop)
    run_once(tmp_path / "parts", checkpoint_folder, corpus)
    monkeypatch.setattr(FineTune, "_step", step)
    parts = run_once(tmp_path / "parts", checkpoint_folder, corpus)
    assert parts.records("start")[1]["step"] == 3
    a, b = (checkpoint.load_weights(run.checkpoint) for run in (whole, parts))
    assert a.keys() == b.keys()
    for name in a:
        assert torch.allclose(a[name], b[name], atol=1e-6), name


def test_resuming_needs_no_option_and_a_changed_one_is_kept(tmp_path, checkpoint_folder, corpus):
    run = run_once(tmp_path / "run", checkpoint_folder, corpus, budget_epochs=0.3)
    assert run.settings()["peak_rate"] == 3e-3
    fine_tune(run.path, begin(checkpoint_folder), corpus, {"budget_epochs": 0.6}, CPU)
    fine_tune(run.path, begin(checkpoint_folder), corpus, {}, CPU)
    settings = FineTuneSettings(**run.settings())
    assert (settings.budget_epochs, settings.trees) == (0.6, 4)


def test_a_second_process_in_the_same_folder_is_refused(tmp_path, monkeypatch):
    run = RunFolder(tmp_path)
    run.claim()
    monkeypatch.setattr("tonesteer_training.run_folder._trains", lambda pid: True)
    with pytest.raises(RuntimeError, match="already trains"):
        run.claim()


def test_a_crash_between_the_two_renames_leaves_the_checkpoint_before(tmp_path, checkpoint_folder, corpus):
    run = run_once(tmp_path / "run", checkpoint_folder, corpus, budget_epochs=0.2)
    run.checkpoint.rename(run.checkpoint.with_name("checkpoint.previous"))
    found = checkpoint.find(run.checkpoint)
    assert found is not None and checkpoint.load_progress(found).step > 0
