"""The exported graph: what the splice computes, against the formula in PyTorch."""

import json
import shutil

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from safetensors.numpy import load_file
from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

from tonesteer_training import graph
from tonesteer_training.base_model import from_pack
from tonesteer_training.corpus import TONES
from tonesteer_training.device import Device
from tonesteer_training.engine import Reader, Writer
from tonesteer_training.export import build_graph
from tonesteer_training.quantise import QuantisedTraining
from tonesteer_training.rewriter import save_rewriter
from tonesteer_training.tones import Classifier, ToneSettings, learn_tones

SITES = [1, 3]
PROMPT = [1, 40, 41, 42, 60, 61]


@pytest.fixture(scope="module")
def rounded(checkpoint_folder) -> LlamaForCausalLM:
    model = LlamaForCausalLM.from_pretrained(checkpoint_folder, dtype=torch.float32)
    QuantisedTraining(model)
    return model.eval().requires_grad_(False)


@pytest.fixture(scope="module")
def pack(tmp_path_factory, rounded, checkpoint_folder, passages, encode):
    folder = tmp_path_factory.mktemp("pack")
    tokenizer = PreTrainedTokenizerFast.from_pretrained(checkpoint_folder)
    save_rewriter(rounded, tokenizer, folder / "rounded")
    build_graph(folder / "rounded", folder)
    shutil.copy(folder / "rounded" / "config.json", folder / "config.json")
    settings = ToneSettings(passages=6, held_out_passages=2, epochs=2)
    learn_tones(rounded, encode, passages, passages, folder, settings, Device("cpu", "float32"))
    return folder


def outputs_of(pack, method=None, weights=None, alpha=0.0):
    """Logits of the last prompt position, and the residual [positions, hidden] after the first site."""
    model = onnx.load(pack / "model.onnx", load_external_data=False)
    ids = np.array([PROMPT])
    feeds = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
    if method:
        graph.splice(model, method, SITES, load_file(pack / "tones.safetensors"))
        feeds |= {graph.WEIGHTS: weights[None], graph.ALPHA: np.full((1, 1, 1), alpha, np.float32)}
    graph.tap(model, SITES[0])
    graph.last_position_only(model)
    path = pack / "edited.onnx"
    path.write_bytes(model.SerializeToString())
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    for item in session.get_inputs():
        if item.name.startswith("past"):
            feeds[item.name] = np.zeros((1, 2, 0, 16), np.float32)
    logits, residual = session.run(["logits", graph.TAP], feeds)
    return logits[0, -1], residual[0]


def logits_of(*arguments):
    return outputs_of(*arguments)[0]


def one_tone(tone="casual", weight=1.0):
    c = np.zeros(len(TONES), np.float32)
    c[TONES.index(tone)] = weight
    return c


def steered_by_autograd(pack, x, c, alpha):
    """x + alpha |x| g / |g| with g = d (c . z) / dx by automatic differentiation; x [positions, hidden]."""
    at = load_file(pack / "tones.safetensors")
    at = {k.split(".", 2)[2]: torch.from_numpy(v.astype(np.float32)) for k, v in at.items() if f".{SITES[0]}." in k}
    classifier = Classifier(x.shape[1])
    classifier.load_state_dict({k: at[k] for k in classifier.state_dict()})
    residual = torch.from_numpy(x).requires_grad_(True)
    (classifier((residual - at["mean"]) / at["scale"]) @ torch.from_numpy(c)).sum().backward()
    unit = residual.grad / residual.grad.norm(dim=-1, keepdim=True)
    return (residual + alpha * residual.norm(dim=-1, keepdim=True) * unit).detach().numpy()


def test_the_export_agrees_with_the_rounded_model(rounded, pack):
    expected = rounded(torch.tensor([PROMPT])).logits[0, -1].numpy()
    # The head is int8 in the export and activations are rounded to int8 in its int4 products.
    assert np.corrcoef(expected, logits_of(pack))[0, 1] > 0.999


def test_the_weights_come_back_exactly_from_the_export(rounded, pack, checkpoint_folder, tmp_path):
    from_pack(pack, checkpoint_folder, tmp_path / "back")
    back = LlamaForCausalLM.from_pretrained(tmp_path / "back", dtype=torch.float32).state_dict()
    for name, value in rounded.state_dict().items():
        assert torch.allclose(back[name], value, atol=1e-6), name


@pytest.mark.parametrize("method", graph.METHODS)
def test_alpha_zero_gives_the_unsteered_logits_bit_for_bit(pack, method):
    assert np.array_equal(logits_of(pack, method, one_tone(), 0.0), logits_of(pack))


def test_no_weights_give_the_unsteered_logits_bit_for_bit(pack):
    assert np.array_equal(logits_of(pack, "mlp", one_tone(weight=0.0), 0.2), logits_of(pack))


def test_only_the_direction_of_the_weights_counts(pack):
    a, b = logits_of(pack, "mlp", one_tone(weight=1.0), 0.2), logits_of(pack, "mlp", one_tone(weight=3.0), 0.2)
    assert np.allclose(a, b, atol=1e-3)


def test_the_spliced_gradient_is_the_automatic_one(pack):
    c = one_tone() - one_tone("expert")
    x, steered = outputs_of(pack)[1], outputs_of(pack, "mlp", c, 0.3)[1]
    assert np.allclose(steered, steered_by_autograd(pack, x, c, 0.3), atol=1e-4)
    moved = np.linalg.norm(steered - x, axis=-1) / np.linalg.norm(x, axis=-1)
    assert np.allclose(moved, 0.3, atol=1e-3)


@pytest.mark.parametrize("method, name", [("linear", "linear.weight"), ("caa", "directions")])
def test_a_fixed_direction_moves_every_position_by_alpha(pack, method, name):
    x, steered = outputs_of(pack)[1], outputs_of(pack, method, one_tone(), 0.2)[1]
    v = load_file(pack / "tones.safetensors")[f"layers.{SITES[0]}.{name}"][TONES.index("casual")].astype(np.float32)
    expected = x + 0.2 * np.linalg.norm(x, axis=-1, keepdims=True) * v / np.linalg.norm(v)
    assert np.allclose(steered, expected, atol=1e-4)


def test_rows_are_independent_and_the_seed_decides(pack):
    writer = Writer(pack, "mlp", SITES, stop=2, threads=1)
    c = np.stack([one_tone(), one_tone("expert"), one_tone()])
    three = writer.write(PROMPT, c, [0.2, 0.2, 0.0], [0.0, 0.0, 0.0], limit=6)
    alone = writer.write(PROMPT, c[1:2], [0.2], [0.0], limit=6)
    assert three[1] == alone[0]
    sampled = [writer.write(PROMPT, c[:1], [0.2], [0.9], limit=6, seed=s) for s in (1, 1, 2, 3, 4)]
    assert sampled[0] == sampled[1]
    assert any(other != sampled[0] for other in sampled[2:])


def test_reading_gives_the_mean_log_likelihood(rounded, pack):
    reader = Reader(pack, SITES[0], threads=1)
    continuation = [70, 71, 72]
    short, long = reader.log_likelihoods([(PROMPT, continuation), (PROMPT + [50, 51], continuation)])
    logits = rounded(torch.tensor([PROMPT + continuation])).logits[0, len(PROMPT) - 1 : -1]
    expected = torch.log_softmax(logits, -1)[range(3), continuation].mean().item()
    assert abs(short - expected) < 0.1
    assert long != short
    assert reader.log_likelihoods([(PROMPT, continuation)])[0] == pytest.approx(short, abs=1e-4)


def test_tone_readings_are_log_probabilities(pack):
    (reading,) = Reader(pack, SITES[0], threads=1).tones([(PROMPT, [70, 71])])
    assert reading.shape == (len(TONES),)
    assert (reading < 0).all()


def test_accuracies_are_reported_for_every_site(pack):
    report = json.loads((pack / "tones.json").read_text())["sites"]
    assert list(report) == ["1", "3"] and all(
        {"mlp", "mlp_late", "linear", "norm"} <= set(site) for site in report.values()
    )
