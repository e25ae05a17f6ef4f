import torch
import torch.nn.functional as F

from tonesteer_training.forward import hidden_states, log_likelihoods, negative_log_likelihood
from tonesteer_training.trees import IGNORED, Batch, Branch, Tree


def trees(encode):
    return [
        Tree.build(
            encode, "Hello, 3 cats.", [Branch(None, "Hi, 3 cats!"), Branch("expert", "Three cats, i.e. 3, are here.")]
        ),
        Tree.build(encode, "Go.", [Branch("casual", "Off you go")]),
    ]


def one_by_one(model, some):
    """The model's own forward pass, a sequence a branch: per branch the sum of -log p."""
    for tree in some:
        for lead, response in tree.branches:
            ids = torch.tensor([tree.prefix + lead + response])
            logits = model(ids).logits[0, len(tree.prefix + lead) - 1 : -1]
            yield F.cross_entropy(logits, torch.tensor(response), reduction="sum"), len(response)


def test_a_tree_gives_the_loss_of_its_branches_read_one_by_one(model, encode):
    some = trees(encode)
    loss, count = negative_log_likelihood(model, Batch.pack(some))
    sums, counts = zip(*one_by_one(model, some))
    assert count == sum(counts)
    assert torch.allclose(loss, sum(sums), rtol=1e-5)


def test_and_the_same_gradient(model, encode):
    model.model.embed_tokens.weight.requires_grad_(False)
    some = trees(encode)
    negative_log_likelihood(model, Batch.pack(some))[0].backward()
    packed = {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}
    model.zero_grad()
    sum(loss for loss, _ in one_by_one(model, some)).backward()
    for name, gradient in packed.items():
        assert torch.allclose(gradient, model.get_parameter(name).grad, atol=1e-4), name


def test_log_likelihoods_are_means_a_token(model, encode):
    some = trees(encode)
    with torch.no_grad():
        scores = [s for tree in log_likelihoods(model, Batch.pack(some)) for s in tree]
        expected = [-(loss / count).item() for loss, count in one_by_one(model, some)]
    assert torch.allclose(torch.tensor(scores), torch.tensor(expected), atol=1e-4)


def test_the_tap_sees_the_residual_after_each_block(model, encode):
    tree = trees(encode)[1]
    seen = {}
    with torch.no_grad():
        hidden_states(model, Batch.pack([tree]), lambda block, x: seen.__setitem__(block, x))
        ids = torch.tensor([tree.prefix + tree.branches[0][0] + tree.branches[0][1]])
        expected = model(ids, output_hidden_states=True).hidden_states
    assert torch.allclose(seen[1], expected[2][0], atol=1e-5)


def test_labels_are_the_next_tokens_of_the_responses_only(encode):
    tree = trees(encode)[1]
    batch = Batch.pack([tree])
    labelled = batch.labels[batch.labels != IGNORED].tolist()
    assert labelled == tree.branches[0][1]
    assert labelled[-1] == 2  # the end mark
