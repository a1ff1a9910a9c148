"""Vectors of series: a map of the mean of the tokens inside the frame."""

import pytest
import torch

from chronotope.heads.probe import ProbeHead


@pytest.mark.parametrize("hidden", [0, 12])
def test_it_maps_the_mean_of_the_tokens_inside_the_frame(hidden):
    torch.manual_seed(0)
    head, x = ProbeHead(16, 8, 26, size=5, hidden=hidden), torch.randn(3, 7, 16)
    key = torch.ones(3, 7, dtype=torch.bool)
    key[1, :4] = False
    key[2] = False
    found = head(x, key)
    assert found.shape == (3, 5) and torch.allclose(found[1], head.layers(x[1, 4:].mean(0)), atol=1e-6)
    assert torch.allclose(found[2], head.layers(torch.zeros(16)), atol=1e-6)
    loud = x.clone()
    loud[1, :4] = 1e4
    assert torch.equal(found[:2], head(loud, key)[:2])


def test_without_a_layer_in_between_it_is_linear():
    torch.manual_seed(1)
    head, x, key = ProbeHead(16, 8, 26), torch.randn(2, 4, 16), torch.ones(2, 4, dtype=torch.bool)
    zero = head(torch.zeros_like(x), key)
    assert torch.allclose(head(3 * x, key) - zero, 3 * (head(x, key) - zero), atol=1e-5)
