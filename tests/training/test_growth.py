"""Growth: a network begins with the answers of the weights that it was given, at its own width or at twice theirs."""

from dataclasses import replace

import pytest
import torch

from chronotope.backbone.network import Network
from chronotope.errors import ArgumentError
from chronotope.training.growth import begin_from
from panels import ahead
from tiles import rhythm, small_network, tensors, tokens_of

PANEL = rhythm(150, 20, v=2)


def _asked():
    return tensors(tokens_of(ahead(PANEL, 24), starts=[150, 158, 166]))


@pytest.mark.parametrize("detail", [(0, 0), (0, 8), (8, 8)], ids=["none", "new", "kept"])
@pytest.mark.parametrize("times", [1, 2])
def test_it_answers_as_the_weights_did(times, detail):
    weights = small_network(detail=detail[0])
    config = replace(weights.config, width=times * weights.config.width, heads=times * weights.config.heads, detail=detail[1])
    torch.manual_seed(1)
    network = Network(config).eval()
    given = _asked()
    assert (network(**given) - weights(**given)).abs().max() > 0.01
    begin_from(network, weights)
    assert torch.allclose(network(**given), weights(**given), atol=2e-5)


def test_copies_of_a_channel_learn_different_things():
    weights = small_network()
    network = Network(replace(weights.config, width=64, heads=8))
    begin_from(network, weights)
    network(**_asked()).square().sum().backward()
    slope = network.blocks[0].feed.inner.weight.grad
    one, other = slope.chunk(2, 0)
    assert float((one - other).abs().mean()) > 0.05 * float(one.abs().mean())


@pytest.mark.parametrize("changed", [{"width": 64}, {"blocks": 3}, {"factor": 3}, {"width": 128, "heads": 16}, {"detail": 8}])
def test_weights_of_another_shape_are_refused(changed):
    weights = small_network(detail=4)
    network = Network(replace(weights.config, **changed))
    with pytest.raises(ArgumentError, match="`start` must name weights of this shape, or of half its width.*they have width 32, heads 4"):
        begin_from(network, weights)
