"""Pinball loss by hand, and where it is smallest."""

import numpy as np
import pytest
import torch
from scipy.stats import norm

from chronotope.training.objectives.pinball import pinball

LEVELS = torch.arange(1, 10) / 10


@pytest.mark.parametrize(
    "level, forecast, truth, loss", [(0.9, 8, 10, 1.8), (0.9, 12, 10, 0.2), (0.1, 8, 10, 0.2), (0.5, 7, 10, 1.5), (0.3, 5, 5, 0)]
)
def test_pinball_by_hand(level, forecast, truth, loss):
    found = pinball(torch.tensor([[float(forecast)]]), torch.tensor([float(truth)]), torch.tensor([level]))
    assert float(found) == pytest.approx(loss, abs=1e-6)


def test_pinball_is_smallest_at_the_true_quantiles():
    truth = torch.tensor(np.random.default_rng(0).normal(size=40000), dtype=torch.float32)
    right = torch.tensor(norm.ppf(LEVELS.numpy()), dtype=torch.float32)
    loss = lambda q: float(pinball(q.expand(len(truth), 9), truth, LEVELS).mean())  # noqa: E731
    best = loss(right)
    for other in (right + 0.1, right - 0.1, right * 1.2, right * 0.8, right.flip(0)):
        assert loss(other) > best
