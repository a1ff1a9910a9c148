"""Composed worlds: every pair of parts fits, the observer does what it is told, names that are wrong are refused."""

import numpy as np
import pytest

import chronotope as ct
from chronotope.errors import ArgumentError
from chronotope.worlds import BASES, DEFECTS, INTERVENTIONS, MARGINS, STRUCTURES, compose


@pytest.mark.parametrize("spatial", STRUCTURES)
def test_every_base_fits_every_structure(spatial):
    for temporal in BASES:
        world = compose(1, temporal=temporal, spatial=spatial, places=6, steps=96)
        assert world.panel.values.shape == world.truth.shape == (96, 6, 1)
        assert np.isfinite(world.truth).all() and np.isfinite(world.panel.values).all()
        again = compose(1, temporal=temporal, spatial=spatial, places=6, steps=96)
        assert np.array_equal(world.panel.values, again.panel.values) and repr(world.params) == repr(again.params)
        assert (world.params["temporal"], world.params["spatial"]) == (temporal, spatial)


@pytest.mark.parametrize("spatial", STRUCTURES)
@pytest.mark.parametrize("places", [1, 2])
def test_few_places_are_enough(spatial, places):
    assert compose(2, spatial=spatial, places=places, steps=48).truth.shape == (48, places, 1)


def test_the_public_names_are_functions_whatever_was_imported_before():
    import chronotope.worlds.compose  # noqa: F401
    import chronotope.worlds.draw  # noqa: F401

    assert callable(ct.worlds.draw) and callable(ct.worlds.compose) and ct.worlds.compose is compose
    assert ct.worlds.draw(3, places=4, steps=40).truth.shape[:2] == (40, 4)
    assert set(dir(ct.worlds)) >= set(ct.worlds.__all__)


def test_a_clean_observer_shows_the_truth_and_a_plain_margin_the_field_itself():
    world = compose(4, temporal="white", spatial="separable")
    assert np.array_equal(world.panel.values, world.truth)
    assert world.truth.std() == pytest.approx(1, abs=1e-5) and world.truth.mean() == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("defect", ["sensor", "period", "random", "silent"])
def test_a_named_defect_happens_for_certain_and_leaves_the_truth(defect):
    assert defect in DEFECTS
    clean, faulty = compose(5, spatial="heat"), compose(5, spatial="heat", observer=[defect])
    assert faulty.params["defects"] == [[defect]]
    assert np.array_equal(clean.truth, faulty.truth)
    gone = np.isnan(faulty.panel.values)
    assert gone.any() and np.array_equal(faulty.panel.values[~gone], faulty.truth[~gone])


def test_only_the_noise_differs_between_a_clean_and_a_noisy_sensor():
    clean, noisy = compose(6), compose(6, observer="noise")
    gap = (noisy.panel.values - clean.panel.values)[..., 0]
    assert 0 < gap.std() < 0.5 and abs(gap.mean()) < 4 * gap.std() / np.sqrt(gap.size)
    assert abs(np.corrcoef(gap[1:].ravel(), gap[:-1].ravel())[0, 1]) < 0.05


@pytest.mark.parametrize("margin", MARGINS)
def test_every_margin_fits(margin):
    world = compose(7, margin=margin, places=5, steps=80)
    assert np.isfinite(world.truth).all() and world.params["margin"] == [margin]


@pytest.mark.parametrize("intervention", INTERVENTIONS)
def test_an_intervention_changes_some_of_the_truth_and_not_all(intervention):
    before = compose(8, margin="lognormal", layout="grid", places=25).truth
    after = compose(8, margin="lognormal", layout="grid", places=25, intervention=intervention).truth
    changed = ~np.isclose(before, after, rtol=1e-4)
    assert changed.any() and not changed.all()


def test_a_layout_and_a_step_are_as_asked():
    world = compose(9, layout="ring", freq="15min", places=7)
    assert world.params["layout"] == "ring" and world.panel.step == np.timedelta64(15, "m")


@pytest.mark.parametrize(("wrong", "say"), [
    ({"temporal": "arima"}, "autoregression"), ({"spatial": "gaussian"}, "coregionalised"), ({"observer": "fog"}, "outage|sensor"),
    ({"observer": ["noise", "fog"]}, "fog"), ({"margin": "gamma"}, "lognormal"), ({"intervention": "war"}, "closure"),
    ({"places": 0}, "512"), ({"steps": 9}, "8192"), ({"seed": -1}, "at least 0"), ({"freq": "2h"}, "15min"), ({"layout": "star"}, "ring"),
    ({"spatial": "traffic", "margin": "rain"}, "plain"), ({"spatial": "traffic", "freq": "7D"}, "day"),
])  # fmt: skip
def test_what_is_not_there_is_refused_with_what_is(wrong, say):
    with pytest.raises(ArgumentError, match=say):
        compose(**{"seed": 0, "places": 4, "steps": 40, **wrong})


def test_a_world_prints_in_a_line():
    assert len(repr(compose(seed=0)).splitlines()) == 1
