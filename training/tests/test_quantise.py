import torch

from tonesteer_training.forward import negative_log_likelihood
from tonesteer_training.quantise import BLOCK, QuantisedTraining, round_to_int4
from tonesteer_training.trees import Batch, Branch, Tree


def test_rounding_twice_changes_nothing():
    weight = torch.randn(8, 3 * BLOCK)
    once = round_to_int4(weight)
    assert torch.allclose(round_to_int4(once), once, atol=1e-7)


def test_a_block_has_at_most_sixteen_values_and_keeps_its_largest():
    weight = torch.randn(1, BLOCK)
    rounded = round_to_int4(weight)
    assert len(rounded.unique()) <= 16
    largest = weight.abs().argmax()
    assert torch.allclose(rounded[0, largest], weight[0, largest])


def test_the_error_is_at_most_a_step():
    weight = torch.randn(4, 2 * BLOCK)
    step = weight.reshape(-1, BLOCK).abs().amax(-1, keepdim=True) / 8
    error = (round_to_int4(weight) - weight).reshape(-1, BLOCK).abs()
    assert (error <= step + 1e-6).all()  # a whole step only at the end that has no -(-8)


def test_a_block_of_zeros_stays_zero():
    assert round_to_int4(torch.zeros(1, BLOCK)).abs().sum() == 0


def test_the_model_computes_with_rounded_weights_and_the_optimiser_moves_full_ones(model, encode):
    training = QuantisedTraining(model)
    name = "model.layers.0.mlp.up_proj.weight"
    full, used = training.full[name], model.get_parameter(name)
    assert torch.equal(used, round_to_int4(full))
    before = full.detach().clone()
    batch = Batch.pack([Tree.build(encode, "Go.", [Branch(None, "Leave now.")])])
    negative_log_likelihood(model, batch)[0].backward()
    training.hand_over_gradients()
    assert used.grad is None
    torch.optim.SGD(training.full.values(), lr=0.1).step()
    training.refresh()
    assert not torch.equal(full, before)
    assert torch.equal(used, round_to_int4(full))


def test_the_shared_embedding_and_head_is_frozen(model):
    training = QuantisedTraining(model)
    assert not any("embed_tokens" in name or "lm_head" in name for name in training.full)
    assert not model.lm_head.weight.requires_grad
