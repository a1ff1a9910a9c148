"""Plain transformer: the order of places means nothing, every place hears every other, memory is that of all pairs."""

import numpy as np
import torch

from chronotope.baselines.networks.st_transformer import STTransformer, _where
from chronotope.baselines.networks.windows import Shape
from panels import panel_of

SHAPE = Shape(places=6, variables=1, context=8, horizon=3, past=4, future=2)


def untrained(where, patch=2):
    torch.manual_seed(1)
    network = STTransformer(SHAPE, where, patch=patch, width=8, heads=2, blocks=2, dropout=0.1).eval()
    torch.nn.init.normal_(network.head.weight)
    return network


def test_relabelling_the_places_permutes_the_answer():
    where, order = torch.randn(6, 5), torch.tensor([3, 0, 1, 5, 2, 4])
    past, future = torch.randn(2, 8, 6, 4), torch.randn(2, 3, 6, 2)
    straight, turned = untrained(where)(past, future), untrained(where[order])(past[:, :, order], future[:, :, order])
    assert straight.shape == (2, 3, 6, 1, 9)
    torch.testing.assert_close(straight[:, :, order], turned, atol=1e-5, rtol=1e-5)


def test_every_place_hears_the_first_step_of_every_other():
    past, future = torch.randn(1, 8, 6, 4), torch.randn(1, 3, 6, 2)
    loud = past.clone()
    loud[:, 0, 2] += 5
    for patch in (1, 4):
        network = untrained(torch.randn(6, 5), patch)
        assert ((network(loud, future) - network(past, future)).abs().amax((0, 1, 3, 4)) > 1e-6).all()


def test_a_place_code_tells_places_apart_and_knows_no_unit():
    xy = np.random.default_rng(0).uniform(size=(5, 2))
    code = _where(panel_of(np.zeros((3, 5)), xy=xy))
    torch.testing.assert_close(code, _where(panel_of(np.zeros((3, 5)), xy=xy * 1000 + 7)), atol=1e-4, rtol=0)
    assert torch.cdist(code, code)[~torch.eye(5, dtype=torch.bool)].min() > 1e-2
    assert (_where(panel_of(np.zeros((3, 5)))) == 1).all()
