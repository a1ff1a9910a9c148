"""The start of training rows has not seen them; the head begins at the start; held-out rows decide when to stop."""

import numpy as np
import torch
from torch import nn

from chronotope.baselines.networks.fit import Training, fit
from chronotope.baselines.networks.head import loss, quantiles
from chronotope.baselines.networks.start import fit_start
from chronotope.baselines.networks.windows import Windows, training_origins
from chronotope.baselines.phases import phases
from chronotope.heads.normal import NORMAL_BASE
from chronotope.questions import QUANTILE_LEVELS
from chronotope.questions.levels import at_levels
from panels import panel_of


def days(count=10, seed=0):
    rng = np.random.default_rng(seed)
    return np.sin(2 * np.pi * np.arange(24 * count) / 24)[:, None, None] + rng.normal(size=(24 * count, 3, 1))


def test_a_training_row_is_not_in_its_own_mean_and_later_rows_get_the_whole():
    x = days()
    clock = phases(panel_of(x[..., 0], "1h"))
    poisoned = x.copy()
    poisoned[30, 1, 0] += 1e6
    clean, dirty = (fit_start(a[:200], clock, 4).means(np.array([30, 40, 54, 202, 222]), clock) for a in (x, poisoned))
    moved = np.abs(clean - dirty)[:, 1, 0, 0] > 1e3
    assert moved.tolist() == [False, False, True, False, True]  # its own stretch does not know it; the same hour elsewhere does


def test_answers_read_nothing_after_their_origin():
    x = days()
    clock = phases(panel_of(x[..., 0], "1h"))
    start = fit_start(x[:150], clock, 4)
    later = x.copy()
    later[171:] = 1e9
    for a, b in zip(*(_inputs(Windows(v, clock, start, np.array([160, 170]), 6, honest=False)) for v in (x, later))):
        torch.testing.assert_close(a, b, atol=0, rtol=0)


def _inputs(windows):
    batch = windows.batch(np.arange(2))
    return batch.past, batch.future, batch.start


def test_the_day_before_is_the_last_that_has_passed():
    x = np.arange(24.0 * 6).reshape(-1, 1, 1)
    clock = phases(panel_of(x[..., 0], "1h"))
    start = fit_start(x[:100], clock, 30, "last")
    batch = Windows(x, clock, start, np.array([110]), 6, honest=False).batch(np.arange(1))
    seen = batch.future[0, :, 0, 2] * start.scale[0] + start.centre[0, 0]
    expected = [110 + lead - (24 if lead <= 24 else 48) for lead in range(1, 31)]
    torch.testing.assert_close(seen.double(), torch.tensor(expected, dtype=torch.double), atol=1e-3, rtol=0)


def test_windows_lie_inside_the_training_rows():
    origins = training_origins(np.zeros((50, 2, 1)), 12, 5)
    assert (origins[0], origins[-1]) == (11, 44)
    assert len(training_origins(np.zeros((10, 2, 1)), 8, 5)) == 0


def test_zeros_are_the_start_with_a_normal_spread():
    start, error = torch.randn(2, 3, 4, 1), torch.rand(3, 4, 1)
    found = quantiles(torch.zeros(2, 3, 4, 1, 9), start, error)
    torch.testing.assert_close(found, start[..., None] + error[..., None] * torch.tensor(NORMAL_BASE), atol=1e-5, rtol=1e-5)
    assert (quantiles(torch.randn(2, 3, 4, 1, 9) * 10, start, error).diff(dim=-1) >= 0).all()


def test_the_loss_is_least_at_the_true_quantiles():
    truth = torch.randn(20000, generator=torch.Generator().manual_seed(0))
    right = torch.distributions.Normal(0, 1).icdf(torch.tensor(QUANTILE_LEVELS)).expand(20000, 9)
    known = torch.ones(20000, dtype=torch.bool)
    best = loss(right, truth, known)
    assert all(best < loss(right * factor + shift, truth, known) for factor, shift in ((0.8, 0), (1.2, 0), (1, 0.1), (1, -0.1)))
    half = known.clone()
    half[10000:] = False
    torch.testing.assert_close(loss(right, torch.where(half, truth, 1e9), half), loss(right[:10000], truth[:10000], known[:10000]))


def test_levels_outside_the_nine_follow_the_normal():
    from scipy.special import ndtri

    levels = (0.01, 0.33, 0.975)
    nine = 3 + 2 * ndtri(np.array(QUANTILE_LEVELS))
    np.testing.assert_allclose(at_levels(nine, QUANTILE_LEVELS, levels), 3 + 2 * ndtri(np.array(levels)))


class Scalar(nn.Module):
    def __init__(self):
        super().__init__()
        self.x = nn.Parameter(torch.tensor(0.0))


def test_training_stops_where_the_held_out_rows_are_best():
    """Early windows pull the number to 10, the last ones say 1: it stops near 1 on its way."""
    goal = torch.cat([torch.full((80,), 10.0), torch.full((20,), 1.0)])
    training = Training(steps=400, batch=8, rate=0.05, decay=0.0, checks=100, patience=5, held_out=0.2, again=False)
    found = fit(Scalar, lambda network, index: (network.x - goal[index]).abs().mean(), 100, 0, training)
    assert abs(float(found.network.x.detach()) - 1) < 0.2
    assert 0 < found.steps < 100 and found.best < 0.2 < found.first


def test_the_seed_decides_and_torch_keeps_its_own_state():
    goal = torch.randn(50)
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    training = Training(steps=5, batch=4, checks=2)
    first, again, other = (
        fit(lambda: nn.Linear(1, 1), lambda m, i: (m(goal[i, None]) - 1).square().mean(), 50, 2, t).network.weight.item()
        for t in (training, training, Training(steps=5, batch=4, checks=2, seed=1))
    )
    assert first == again != other
    assert torch.equal(before, torch.random.get_rng_state())
