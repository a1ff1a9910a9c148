"""CNN-LSTM: what it sees of its neighbours is what lets it foresee motion."""

import torch

from chronotope.baselines.networks import NETWORKS
from chronotope.baselines.networks.cnn_lstm import FrameFeatures
from chronotope.baselines.networks.fit import Training
from films import film_panel, mean_squares


def reach(kernel):
    """How far the features of the middle cell depend on other cells of the frame."""
    torch.manual_seed(0)
    x = torch.zeros(1, 1, 2, 25, 25, requires_grad=True)
    FrameFeatures(2, 4, kernel)(x)[..., 12, 12].sum().backward()
    return int((x.grad[0, 0].abs().sum(0).nonzero() - 12).abs().max())


def test_three_dilated_convolutions_see_seven_cells_far_and_a_kernel_of_one_sees_none():
    assert reach(3) == 7
    assert reach(1) == 0


def test_convolutions_foresee_discs_better_than_the_same_lstm_without_them():
    panel = film_panel(seed=1, steps=400)
    errors = {}
    for kernel in (3, 1):
        training = Training(steps=300, batch=8, rate=1e-2, again=False)
        network = NETWORKS["cnn_lstm"](context=4, start="last", width=16, kernel=kernel, training=training)
        errors[kernel], copied = mean_squares(network.fit(panel.slice_time(0, 320), 4), panel, 320, 4)
    assert errors[3] < 0.75 * errors[1]
    assert errors[3] < 0.7 * copied
