"""Every head says what it answers and stands on a network; the vectors of the tokens are those before any head."""

import inspect

import pytest
import torch

from chronotope.backbone.network import Network
from chronotope.backbone.shape import NetworkConfig
from chronotope.errors import ArgumentError
from chronotope.heads.options import build
from chronotope.heads.registry import HEADS
from panels import ahead
from tiles import rhythm, small_network, tensors, tokens_of


@pytest.fixture(scope="module")
def asked():
    given = tensors(tokens_of(ahead(rhythm(150, 5), 24), starts=[150, 158, 166]))
    return given | {"base": torch.ones(5, 3, 8)}


@pytest.mark.parametrize("name", HEADS)
def test_it_says_what_it_answers_reads_and_starts_from(name):
    head = HEADS[name]
    assert head.want in ("quantiles", "samples", "rate", "vectors") and head.vectors in ("query", "context") and len(head.starts) > 10
    assert list(inspect.signature(head).parameters)[:3] == ["width", "patch", "floors"]
    assert list(inspect.signature(head.forward).parameters)[2:] == list(head.reads)


@pytest.mark.parametrize("name", HEADS)
def test_a_network_is_its_encoder_and_a_head(asked, name):
    torch.manual_seed(0)
    config = small_network().config.to_dict() | {"head": name}
    network = Network(NetworkConfig(**config)).eval()
    answer = network(**asked)
    seen = [asked[key] for key in ("context", "query", "position", "key", "balls", "relation")]
    vectors = network.encode(*seen)
    assert vectors.shape == (5, seen[0].shape[1] + 3, 32)
    own = vectors[:, -3:] if network.head.vectors == "query" else vectors[:, :-3]
    again = network.head(own, **{key: asked[key] for key in network.head.reads})
    pairs = zip(*(a if isinstance(a, tuple) else (a,) for a in (answer, again)), strict=True)
    assert all(torch.equal(a, b) and torch.isfinite(a).all() for a, b in pairs)


@pytest.mark.parametrize("name", HEADS)
def test_every_parameter_belongs_to_one_part(name):
    network = Network(NetworkConfig(**small_network().config.to_dict() | {"head": name}))
    owned = [id(p) for modules in network.parts.values() for module in modules for p in module.parameters()]
    assert sorted(owned) == sorted(id(p) for p in network.parameters())


def test_options_are_those_of_the_constructor():
    assert build(HEADS["samples"], 16, 4, 6, rank=3).rank == 3
    with pytest.raises(ArgumentError, match="SamplesHead has no 'rnk'; the nearest it has is 'rank'"):
        build(HEADS["samples"], 16, 4, 6, rnk=3)
