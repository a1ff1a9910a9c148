"""Walkers: a turned scene turns the answer, walking straight on is the start, turns that the data show are learned."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from chronotope.baselines.networks.fit import Training
from chronotope.baselines.networks.track_graph import TrackGraph, TrackNet, gaussians
from chronotope.baselines.networks.track_windows import batch_of, stretches
from chronotope.errors import DimensionError
from chronotope.evaluate.protocols.contract import CHECKS, check_model
from panels import ahead, panel_of

SHORT = Training(steps=4, batch=4, checks=1, again=False)
# of one axis alone: a plane has one unit; and east is not north to a network that is trained anew
OF_A_PLANE = ("units_change_with_the_data", "a_positive_factor", "variables_in_any_order")
KEPT = tuple(name for name in CHECKS if name not in OF_A_PLANE)


def circles(seed=0, walkers=6, steps=80, turn=0.25, noise=0.02):
    """Walkers on circles, all turning left by `turn` radians per step, as a panel (steps, walkers, 2)."""
    rng = np.random.default_rng(seed)
    angle = rng.uniform(0, 2 * np.pi, walkers) + turn * np.arange(steps)[:, None]
    move = rng.uniform(0.5, 1.0, walkers)[:, None] * np.stack([np.cos(angle), np.sin(angle)], -1)
    return panel_of(rng.uniform(-8, 8, (walkers, 2)) + move.cumsum(axis=0) + noise * rng.normal(size=move.shape), "400ms")


@pytest.mark.parametrize("check", KEPT)
def test_obeys(check):
    assert check_model(TrackGraph(training=SHORT), only=(check,)) == [check]


def test_stretches_hold_those_who_are_there_throughout():
    values = np.zeros((6, 3, 2))
    values[2, 0], values[5, 1, 0] = np.nan, np.nan
    assert [len(w) for w in stretches(values, 4)] == [2, 2, 1]
    assert [len(w) for w in stretches(values, 4, least=2)] == [2, 2]
    assert stretches(values, 7) == []


def test_zeros_are_walking_straight_on_with_the_typical_error():
    found = gaussians(torch.zeros(1, 2, 3, 5), torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    assert not found.mean.any()
    torch.testing.assert_close(found.root[0, 1, 0], torch.diag(torch.tensor([3.0, 4.0])))


def test_surprise_is_minus_the_log_density_of_torch():
    torch.manual_seed(0)
    raw, error, truth = torch.randn(2, 3, 4, 5), torch.rand(3, 2) + 0.5, torch.randn(2, 3, 4, 2)
    found = gaussians(raw, error)
    expected = torch.distributions.MultivariateNormal(found.mean, scale_tril=found.root).log_prob(truth)
    torch.testing.assert_close(found.surprise(truth) + np.log(2 * np.pi), -expected)


def test_walkers_in_another_order_and_beside_padding_are_answered_alike():
    torch.manual_seed(0)
    network = TrackNet(7, 5)
    torch.nn.init.normal_(network.head.weight)
    window = np.random.default_rng(0).normal(size=(4, 8, 2)).cumsum(axis=1)
    order, larger = np.array([2, 0, 3, 1]), np.random.default_rng(1).normal(size=(7, 8, 2))
    straight, turned, padded = (
        network(*(lambda b: (b.features, b.near))(batch_of(w, 8, 5, 1.0)))[0] for w in ([window], [window[order]], [window, larger])
    )
    torch.testing.assert_close(straight[:, order], turned, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(straight, padded[:, :4], atol=1e-5, rtol=1e-5)


@pytest.fixture(scope="module")
def trained():
    return TrackGraph(training=Training(steps=150, batch=16, rate=1e-2, again=False)).fit([circles(0), circles(1), circles(2)])


def test_turns_are_learned(trained):
    panel = circles(9)
    question = ahead(panel.slice_time(0, 60), 12)
    truth = panel.values[60:72]
    ours = np.linalg.norm(trained.answer(question.wanting((0.5,))).values[0] - truth, axis=-1).mean()
    straight = panel.values[59] + (panel.values[59] - panel.values[58]) * np.arange(1, 13)[:, None, None]
    assert ours < 0.3 * np.linalg.norm(straight - truth, axis=-1).mean()


def test_a_turned_and_moved_scene_gives_turned_and_moved_paths(trained):
    panel = circles(9).slice_time(0, 40)
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    moved = replace(panel, values=(panel.values @ turn.T + [30.0, -7.0]).astype("float32"))
    first, second = (trained.sample(ahead(p, 12), members=5) for p in (panel, moved))
    np.testing.assert_allclose(first @ turn.T + [30.0, -7.0], second, atol=2e-4)


def test_samples_have_the_quantiles_that_are_predicted(trained):
    question = ahead(circles(9).slice_time(0, 40), 12)
    levels = (0.1, 0.5, 0.9)
    sampled = np.quantile(trained.sample(question, members=4000), levels, axis=0)
    told = trained.answer(question.wanting(levels)).values
    assert np.abs(sampled - told).max() < 0.15 * (told[2] - told[0]).max()


def test_other_panels_are_refused_with_the_way_out():
    with pytest.raises(DimensionError, match="two variables"):
        TrackGraph(training=SHORT).answer(ahead(panel_of(np.zeros((40, 2, 3))), 3))
