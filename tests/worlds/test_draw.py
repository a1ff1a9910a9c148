"""The contract of every family: determinism, shapes, sanity, a frame that goes on."""

import numpy as np
import pytest

from chronotope.errors import ArgumentError
from chronotope.worlds.draw import FAMILIES, SHARES, draw


def _same(a, b):
    values = np.array_equal(a.panel.values, b.panel.values, equal_nan=True)
    return values and np.array_equal(a.truth, b.truth) and repr(a.params) == repr(b.params)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_same_seed_gives_the_same_bits_and_another_seed_others(family):
    first = draw(3, family=family, places=12, steps=96)
    assert _same(first, draw(3, family=family, places=12, steps=96))
    assert not _same(first, draw(4, family=family, places=12, steps=96))


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_gives_a_sane_panel_that_can_be_extended(family):
    for seed in range(12):
        world = draw(seed, family=family, places=14, steps=128)
        panel = world.panel
        assert panel.values.shape == world.truth.shape == (128, 14, len(panel.variables))
        assert panel.values.dtype == world.truth.dtype == np.float32
        assert panel.times.dtype == np.dtype("datetime64[ns]") and (np.diff(panel.times) > np.timedelta64(0)).all()
        assert np.isfinite(world.truth).all() and not np.isinf(panel.values).any()
        assert np.isnan(panel.values).mean() < 0.75
        assert panel.extend(7).times[128] > panel.times[-1]
        if panel.edges is not None:
            assert (panel.edges.weight > 0).all() and panel.edges.source.max() < 14 and panel.edges.target.max() < 14


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("places", [1, 2, 3, 7])
def test_few_places_are_enough(family, places):
    for seed in range(3):
        assert draw(seed, family=family, places=places, steps=40).truth.shape[:2] == (40, places)


def test_one_draw_in_seven_is_a_control():
    share = np.mean([draw(seed, places=4, steps=32).control for seed in range(400)])
    assert 0.09 < share < 0.2  # 1/7 within three standard errors
    assert set(SHARES) == set(FAMILIES) - {"controls"}


def test_most_values_are_there_and_some_draws_are_whole():
    gaps = np.array([np.isnan(draw(seed, places=10, steps=64).panel.values).mean() for seed in range(150)])
    assert gaps.mean() < 0.15
    assert 0.2 < (gaps == 0).mean() < 0.8


def test_a_clean_real_world_shows_its_truth_in_its_own_unit():
    found = 0
    for seed in range(60):
        world = draw(seed, family="gaussian", places=5, steps=64)
        if world.params["clean"] and len(world.panel.variables) == 1 and world.params["margin"] == ["real"]:
            found += 1
            assert np.array_equal(world.panel.values, world.truth)
    assert found > 2


@pytest.mark.parametrize("bad", [{"family": "nonsense"}, {"places": 0}, {"places": 513}, {"steps": 31}, {"seed": -1}])
def test_arguments_outside_the_promise_are_refused(bad):
    with pytest.raises(ArgumentError):
        draw(**{"seed": 0, **bad})
