"""ST-GNN: the order of places means nothing, planted edges are found, edges matter."""

import numpy as np
import pytest
import torch

from chronotope.baselines.networks import NETWORKS
from chronotope.baselines.networks.adjacency import Learned, given, walk
from chronotope.baselines.networks.fit import Training
from chronotope.baselines.networks.st_gnn import STGNN, _dilations
from chronotope.baselines.networks.windows import Shape
from chronotope.data.panel import Edges
from chronotope.errors import ArgumentError
from chronotope.worlds.network import simulate
from panels import panel_of

SHAPE = Shape(places=7, variables=2, context=12, horizon=3, past=5, future=4)


def graph(n=7, seed=0):
    torch.manual_seed(seed)
    return torch.rand(n, n) * (torch.rand(n, n) < 0.4) * ~torch.eye(n, dtype=torch.bool)


def untrained(weights, adjacency="given", shape=SHAPE):
    torch.manual_seed(1)
    network = STGNN(shape, weights, adjacency, width=8, dropout=0.1).eval()
    torch.nn.init.normal_(network.head.weight)
    return network


def test_relabelling_the_places_permutes_the_answer():
    weights, order = graph(), torch.tensor([3, 0, 6, 1, 5, 2, 4])
    past, future = torch.randn(2, 12, 7, 5), torch.randn(2, 3, 7, 4)
    straight = untrained(weights)(past, future)
    turned = untrained(weights[order][:, order])(past[:, :, order], future[:, :, order])
    assert straight.shape == (2, 3, 7, 2, 9)
    torch.testing.assert_close(straight[:, :, order], turned, atol=1e-5, rtol=1e-5)
    assert (untrained(weights)(past[:, :, order], future[:, :, order]) - turned).abs().max() > 1e-3


def test_without_edges_no_place_hears_another_and_with_them_only_those_in_reach():
    past, future = torch.randn(1, 12, 7, 5), torch.randn(1, 3, 7, 4)
    loud = past.clone()
    loud[:, :, 0] += 5
    chain = torch.diag(torch.ones(6), -1)  # place i hears place i - 1, so one is heard along the chain, the other against it
    for weights, reached in ((torch.zeros(7, 7), [0]), (chain * (torch.arange(7) < 3)[:, None], [0, 1, 2])):
        network = untrained(weights)
        moved = (network(loud, future) - network(past, future)).abs().amax((0, 1, 3, 4)) > 1e-6
        assert moved.nonzero()[:, 0].tolist() == reached


def test_edges_point_from_whom_is_heard():
    panel = panel_of(np.zeros((5, 3)), edges=Edges(np.array([0, 1]), np.array([2, 1]), np.array([0.5, 9.0])))
    assert given(panel).nonzero().tolist() == [[2, 0]]
    torch.testing.assert_close(walk(torch.tensor([[0.0, 1.0, 3.0], [0.0, 0.0, 0.0]])), torch.tensor([[0.0, 0.25, 0.75], [0, 0, 0]]))


def test_a_learned_graph_starts_equal_and_without_oneself():
    torch.testing.assert_close(Learned(4)(), (torch.ones(4, 4) - torch.eye(4)) / 3)


def test_time_is_read_to_the_last_step():
    assert [sum(_dilations(c)) for c in (1, 2, 5, 12, 24)] == [0, 1, 4, 11, 23]
    past = torch.randn(1, 12, 7, 5)
    early = past.clone()
    early[:, 0] += 5
    network, future = untrained(graph()), torch.randn(1, 3, 7, 4)
    assert (network(early, future) - network(past, future)).abs().max() > 1e-4


def area(score, truth):
    """Chance that a true pair scores above a false one."""
    yes, no = score[truth], score[~truth]
    return float((yes[:, None] > no).mean() + 0.5 * (yes[:, None] == no).mean())


def planted(rng, n=12, steps=700):
    """A vector autoregression in which each place follows two others, as a panel and a truth (n, n)."""
    matrix = np.zeros((n, n))
    for i in range(n):
        matrix[i, rng.permutation(np.delete(np.arange(n), i))[:2]] = 0.35
        matrix[i, i] = 0.2
    return panel_of(simulate(matrix[None], rng.standard_normal((steps, n))), "1s"), (matrix > 0) & ~np.eye(n, dtype=bool)


def test_planted_edges_are_found():
    panel, truth = planted(np.random.default_rng(0))
    training = Training(steps=200, batch=32, rate=1e-2, decay=0.0, again=False)
    network = NETWORKS["st_gnn"](adjacency="learned", width=8, context=3, training=training).fit(panel, 1)
    found = network.trained.members[0].network.learned().detach().numpy()
    others = ~np.eye(len(truth), dtype=bool)
    assert area(found[others], truth[others]) > 0.9


def test_a_wrong_adjacency_is_named():
    with pytest.raises(ArgumentError, match="given, learned, both; found 'guessed'"):
        NETWORKS["st_gnn"](adjacency="guessed")
