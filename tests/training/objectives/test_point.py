"""The absolute error of the median, in the floors' units."""

import pytest
import torch

from chronotope.training.objectives.point import Point


def test_by_hand():
    there = torch.tensor([True, False]).expand(2, 1, 1, 2)
    tokens = {"centre": torch.zeros(2, 1, 1, 2), "error": torch.full((2, 1, 1, 2), 2.0), "is_available": there}
    truth = torch.tensor([3.0, -1.0]).reshape(2, 1, 1)
    batch = {"tokens": tokens, "truth": truth, "weight": torch.full((2, 1, 1), 0.5), "example": torch.tensor([0, 1])}
    answer = torch.arange(9.0).expand(2, 1, 1, 9) - 3  # medians of 1
    # each example is one cell: unit 0.5 (promised 2 + missed 3), 0.5 (2 + 1); misses 2, 2; half of the weight each
    assert Point().losses(answer, batch).tolist() == pytest.approx([0.5 * 2 / 2.5, 0.5 * 2 / 1.5], rel=1e-4)
