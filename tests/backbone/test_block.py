"""A block: the shipped kind is what it was, every pair of mixers fits, and asked tokens stay unread."""

import pytest
import torch

from chronotope.backbone.block import SPACE, TIME, Block, readable
from chronotope.backbone.mixers import MIXERS
from chronotope.backbone.network import Network, _time_bias
from chronotope.backbone.shape import NetworkConfig
from chronotope.errors import ArgumentError

TIMES = [name for name, mixer in MIXERS.items() if mixer.axis == "time"]
SPACES = [name for name, mixer in MIXERS.items() if mixer.axis == "place"]


def _case(c=5, q=3):
    torch.manual_seed(0)
    key = torch.tensor([[True] * c, [False] * 2 + [True] * (c - 2), [False] * c, [True] * c])
    position = torch.arange(float(c + q)).expand(4, -1)
    ball, ball_bias = torch.tensor([[0, 2, 1], [3, -1, -1]]), torch.zeros(2, 2, 3, 3)
    ball_bias[1, :, :, 1:] = -1e4
    return torch.randn(4, c + q, 16), position, _time_bias(key, q), ball, ball_bias, key


def test_the_default_is_attention_with_the_names_of_the_shipped_weights():
    assert (TIME, SPACE) == ("time_attention", "ball_attention")
    names = list(Block(16, 2, 2).state_dict())
    assert names == [f"norms.{i}.{p}" for i in range(3) for p in ("weight", "bias")] + [
        "time.qkv.weight", "time.out.weight", "space.qkv.weight", "space.out.weight",
        "feed.inner.weight", "feed.inner.bias", "feed.outer.weight", "feed.outer.bias",
    ]  # fmt: skip
    x, position, bias, ball, ball_bias, _ = _case()
    block = Block(16, 2, 2)
    y = x + block.time(block.norms[0](x), position, bias)
    y = y + block.space(block.norms[1](y), ball, ball_bias)
    assert torch.equal(block(x, position, bias, ball, ball_bias), y + block.feed(block.norms[2](y)))


def test_who_may_be_read_is_found_in_the_bias():
    *_, key = case = _case()
    assert torch.equal(readable(case[2]), torch.cat([key, torch.zeros(4, 3, dtype=torch.bool)], 1))


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("time", TIMES)
def test_every_pair_of_mixers_fits_and_asked_tokens_are_read_by_none(time, space):
    x, position, bias, ball, ball_bias, _ = _case()
    block = Block(16, 2, 2, time, space)
    other = x.clone()
    other[:, -2] += 1  # an asked token
    other[1, :2] += 1  # outside the frame
    first, second = (block(a, position, bias, ball, ball_bias) for a in (x, other))
    assert first.shape == x.shape and torch.isfinite(first).all()
    near = [0, 1, 2]  # a ball reads at the same token time
    assert torch.allclose(first[:, [5, 7]], second[:, [5, 7]], atol=1e-6)
    assert not torch.allclose(first[near, -2], second[near, -2], atol=1e-3)


def test_a_network_says_its_mixers_in_its_configuration():
    config = NetworkConfig(6, 5, 4, 8, 3, width=16, blocks=2, heads=2, time="state_space", space="graph_messages")
    network = Network(config)
    assert type(network.blocks[1].time) is MIXERS["state_space"] and NetworkConfig(**config.to_dict()) == config


def test_mixers_joined_by_a_plus_take_turns():
    network = Network(NetworkConfig(6, 5, 4, 8, 3, width=16, blocks=3, heads=2, time="temporal_convolution+time_attention"))
    turns = [type(block.time) for block in network.blocks]
    assert turns == [MIXERS["temporal_convolution"], MIXERS["time_attention"], MIXERS["temporal_convolution"]]


@pytest.mark.parametrize(
    ("wrong", "say"), [({"time": "mamba"}, "state_space"), ({"space": "state_space"}, r"Block\(space=\).*graph_messages")]
)
def test_a_wrong_name_is_refused_with_the_right_ones(wrong, say):
    with pytest.raises(ArgumentError, match=say):
        Block(16, 2, 2, **wrong)


def test_options_of_a_mixer_are_those_of_its_constructor():
    network = Network(NetworkConfig(6, 5, 4, 8, 3, width=16, heads=2, time="state_space", options={"state_space": {"states": 5}}))
    assert network.blocks[0].time.states == 5
    with pytest.raises(ArgumentError, match="StateSpace has no 'state'; the nearest it has is 'states'"):
        Block(16, 2, 2, "state_space", options={"state_space": {"state": 5}})


@pytest.mark.parametrize("name", MIXERS)
def test_every_mixer_says_what_it_takes(name):
    mixer = MIXERS[name]
    assert (mixer.axis, mixer.third) in [("time", "bias"), ("time", "mask"), ("place", "balls"), ("place", "edges")]
    assert len(mixer.needs) > 10 and mixer.__doc__
