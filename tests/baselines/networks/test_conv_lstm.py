"""ConvLSTM: torch's own LSTM where a frame is one cell; shifts with the film; foresees discs that bounce."""

import pytest
import torch

from chronotope.baselines.networks import NETWORKS
from chronotope.baselines.networks.conv_lstm import ConvLSTM
from chronotope.baselines.networks.fit import Training
from chronotope.errors import DimensionError
from films import film_panel, mean_squares
from panels import ahead


def test_one_by_one_kernels_on_one_cell_are_the_lstm_of_torch():
    torch.manual_seed(0)
    theirs, ours = torch.nn.LSTM(3, 5, batch_first=True), ConvLSTM(3, 5, kernel=1)
    with torch.no_grad():
        ours.gates.weight.copy_(torch.cat([theirs.weight_ih_l0, theirs.weight_hh_l0], 1)[..., None, None])
        ours.gates.bias.copy_(theirs.bias_ih_l0 + theirs.bias_hh_l0)
    x, state = torch.randn(4, 7, 3), (torch.randn(1, 4, 5), torch.randn(1, 4, 5))
    expected, (hidden, cell) = theirs(x, state)
    found, (our_hidden, our_cell) = ours(x[..., None, None], tuple(s[0, ..., None, None] for s in state))
    for a, b in ((expected, found[..., 0, 0]), (hidden[0], our_hidden[..., 0, 0]), (cell[0], our_cell[..., 0, 0])):
        assert (a - b).abs().max() < 1e-6


def test_a_shifted_film_shifts_the_answer():
    torch.manual_seed(0)
    network = ConvLSTM(2, 4)
    x = torch.zeros(1, 3, 2, 12, 12)
    x[..., 4:6, 4:6] = torch.randn(1, 3, 2, 2, 2)
    straight, _ = network(x)
    shifted, _ = network(x.roll((1, 2), (-2, -1)))
    inner = (..., slice(4, 9), slice(4, 9))
    torch.testing.assert_close(straight.roll((1, 2), (-2, -1))[inner], shifted[inner], atol=1e-6, rtol=0)


def test_discs_are_foreseen_far_better_than_by_copying_the_last_frame():
    panel = film_panel(seed=0, steps=260)
    network = NETWORKS["conv_lstm"](context=4, start="last", width=12, training=Training(steps=120, batch=8, rate=1e-2, again=False))
    network = network.fit(panel.slice_time(0, 200), 4)
    ours, copied = mean_squares(network, panel, 200, 4)
    assert ours < 0.7 * copied


def test_a_fitted_network_refuses_other_places():
    panel = film_panel(seed=0, steps=60)
    network = NETWORKS["conv_lstm"](context=4, start="last", width=4, training=Training(steps=2, again=False)).fit(panel, 4)
    with pytest.raises(DimensionError, match=r"\(100, 1\)"):
        network.answer(ahead(film_panel(seed=0, steps=60, side=9), 4))
