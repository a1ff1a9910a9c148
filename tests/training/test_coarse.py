"""The coarse variable is a mean over neighbours or steps; the fine one stays what it was."""

from dataclasses import replace

import numpy as np
import pytest

from chronotope.data.panel import Panel
from chronotope.training.coarse import place_blocks, with_coarse
from tiles import rhythm

SEEDS = range(40)


def _blocks(coarse):
    """Places that show the same coarse values at all times, as sets."""
    return {frozenset(np.flatnonzero([np.array_equal(a, b, equal_nan=True) for b in coarse.T])) for a in coarse.T}


def test_every_coarse_value_is_the_mean_of_its_block_of_places_or_steps():
    panel, over_places, over_steps = rhythm(100, 12, 2), 0, 0
    panel = replace(panel, values=np.nan_to_num(panel.values))
    for seed in SEEDS:
        made = with_coarse(np.random.default_rng(seed), panel, 64)
        fine, coarse = made.values[..., 0], made.values[..., 1]
        assert made.variables == (panel.variables[0], "coarse") and made.values.dtype == np.float32
        order = [int(np.flatnonzero((panel.xy == place).all(1))[0]) for place in made.xy]
        np.testing.assert_array_equal(fine, panel.values[:, order, 0])
        blocks = _blocks(coarse)
        if max(len(block) for block in blocks) > 1:
            over_places += 1
            for block in blocks:
                np.testing.assert_allclose(
                    coarse[:, list(block)], fine[:, list(block)].mean(1, keepdims=True).repeat(len(block), 1), rtol=1e-4
                )
        else:
            over_steps += 1
            steps = 1 + int(np.argmax(coarse[1:, 0] != coarse[0, 0]))
            assert steps in (2, 3, 4, 6, 7, 12, 24)
            for low in range(0, 100, steps):
                run = fine[low : low + steps]
                np.testing.assert_allclose(coarse[low : low + steps], run.mean(0, keepdims=True).repeat(len(run), 0), atol=1e-5)
    assert over_places > 8 and over_steps > 8


def test_without_positions_means_are_over_steps():
    panel = rhythm(60, 12)
    bare = Panel(panel.values, panel.times, panel.freq, panel.variables)
    for seed in SEEDS:
        assert max(len(block) for block in _blocks(with_coarse(np.random.default_rng(seed), bare, 64).values[..., 1])) == 1


def test_a_block_of_which_more_than_half_is_missing_has_no_mean():
    panel = rhythm(48, 4)
    values = panel.values.copy()
    values[:24] = np.nan
    made = with_coarse(np.random.default_rng(0), Panel(values, panel.times, panel.freq, panel.variables), 64)
    assert np.isnan(made.values[:22, :, 1]).all() and np.isfinite(made.values[26:, :, 1]).all()


def test_no_more_series_than_asked():
    assert with_coarse(np.random.default_rng(0), rhythm(60, 40), 24).values.shape == (60, 12, 2)


@pytest.mark.parametrize(("places", "most"), [(20, 3), (7, 7), (1, 2), (33, 8)])
def test_blocks_hold_every_place_once_and_neighbours_together(places, most):
    xy = np.random.default_rng(places).normal(size=(places, 2))
    blocks = place_blocks(xy, most)
    assert sorted(np.concatenate(blocks)) == list(range(places)) and max(map(len, blocks)) <= most
    along = np.array([0, 4, 1, 5, 2, 6, 3, 7.0])
    line = place_blocks(np.stack([along, np.zeros(8)], 1), 4)
    assert sorted(sorted(along[block]) for block in line) == [[0, 1, 2, 3], [4, 5, 6, 7]]
