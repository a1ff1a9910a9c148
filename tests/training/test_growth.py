"""Growth: a network begins with the answers of the weights that it was given, at its own width or at twice theirs."""

from dataclasses import replace

import pytest
import torch

from chronotope.backbone.mixers import MIXERS
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


def _mixed(time="time_attention", space="ball_attention", **more):
    """A random network of other mixers."""
    torch.manual_seed(2)
    network = Network(replace(small_network().config, time=time, space=space, **more)).eval()
    torch.nn.init.normal_(network.head.move.weight, std=0.1)
    return network


GROWING = [(mixer.axis, name) for name, mixer in MIXERS.items() if mixer.doubles]


@pytest.mark.parametrize("axis, name", GROWING, ids=[name for _, name in GROWING])
def test_every_mixer_that_says_so_is_doubled(axis, name):
    weights = _mixed(**{"time" if axis == "time" else "space": name})
    network = Network(replace(weights.config, width=64, heads=8)).eval()
    begin_from(network, weights)
    given = _asked()
    assert torch.allclose(network(**given), weights(**given), atol=5e-5)


def test_a_mixer_that_cannot_be_doubled_is_named_and_kept_at_its_width():
    weights = _mixed("temporal_convolution")
    with pytest.raises(ArgumentError, match="`start` must .* TemporalConvolution cannot be doubled; they have 32"):
        begin_from(Network(replace(weights.config, width=64, heads=8)), weights)
    same = Network(weights.config).eval()
    begin_from(same, weights)
    assert torch.equal(same(**_asked()), weights(**_asked()))


@pytest.mark.parametrize("times", [1, 2])
def test_another_head_takes_what_is_of_the_same_kind(times):
    weights = small_network(detail=8)
    config = replace(weights.config, width=32 * times, heads=4 * times, head="samples", options={"samples": {"rank": 3}})
    network = Network(config).eval()
    begin_from(network, weights)
    assert torch.allclose(network(**_asked()).quantiles, weights(**_asked()), atol=2e-5)
    probe = Network(replace(weights.config, head="probe", detail=0)).eval()
    begin_from(probe, small_network())  # nothing of a quantile head is in it
    seen = [_asked()[key] for key in ("context", "query", "position", "key", "balls", "relation")]
    assert torch.equal(probe.encode(*seen), small_network().encode(*seen))


def test_options_of_mixers_must_be_the_same():
    weights = _mixed("state_space", options={"state_space": {"states": 4}})
    begin_from(Network(weights.config), weights)
    with pytest.raises(ArgumentError, match="`start` must name weights of this shape"):
        begin_from(Network(replace(weights.config, options={})), weights)


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
