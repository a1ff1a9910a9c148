"""Structures against their laws, with paths that are known: constants, ramps, impulses."""

import numpy as np
import pytest

from chronotope.worlds import structures as st
from chronotope.worlds.clock import draw_clock
from chronotope.worlds.kernel_paths import matern
from chronotope.worlds.layout import Layout, draw_layout
from chronotope.worlds.world import Scene


def _rng(seed=0):
    return np.random.Generator(np.random.PCG64(seed))


def _scene(steps=60, places=9, kinds=None, freq="h", seed=0):
    return Scene(draw_clock(_rng(seed), steps, freq, "calendar"), draw_layout(_rng(seed), places, kinds))


def _at(unit, steps=60):
    none = np.zeros(0, int)
    return Scene(draw_clock(_rng(), steps, "h", "calendar"), Layout("uniform", np.asarray(unit, float), 1e4, none, none))


def _constants(clock, k):
    """Paths that never change."""
    return np.repeat(_rng(7).standard_normal((k, 1)), clock.steps, 1)


def _ramp(clock, k):
    return np.tile(np.arange(clock.steps, dtype=float), (k, 1))


def _zero(clock, k):
    return np.zeros((k, clock.steps))


def test_the_flow_carries_a_field_that_does_not_change():
    """With constant paths the field is frozen: what stands at s at step h stood at s - v h at step 0."""
    params: dict = {}
    st.drifting(_rng(3), _at([[0.5, 0.5]]), _constants, params)
    velocity, lag = np.array(params["velocity"]), 17
    here = np.array([0.6, 0.3])
    field = st.drifting(_rng(3), _at([here, here - velocity * lag]), _constants, {})
    assert field[lag, 0] == pytest.approx(field[0, 1], abs=1e-9) and abs(field[lag, 0] - field[0, 0]) > 1e-3


def test_a_drifting_field_has_the_law_of_its_base_for_who_moves_along():
    found, expected = [], []
    for seed in range(300):
        params: dict = {}
        walk = lambda clock, k: _rng(seed).standard_normal((k, clock.steps)) if k > 1 else None  # noqa: B023, E731
        field = st.drifting(_rng(seed), _at([[0.2, 0.2], [0.3, 0.2]], 32), walk, params)
        found.append((field**2).mean())
        expected.append((field[:, 0] * field[:, 1]).mean() - matern(np.array([0.1]), params["length"], 1.5)[0])
    assert np.mean(found) == pytest.approx(1, abs=0.04) and np.mean(expected) == pytest.approx(0, abs=0.04)  # four standard errors


def test_a_ramp_shows_the_delays():
    params: dict = {}
    field = st.delayed(_rng(1), _scene(places=12), _ramp, params)
    delay = np.array(params["delay"])
    assert field[0].max() - field == pytest.approx(delay - np.arange(60)[:, None], abs=1e-9)
    assert delay.min() == 0 and delay.max() == pytest.approx(params["longest_delay"][0])


def test_the_heat_kernel_keeps_amounts_and_fades_each_wave_of_a_ring_at_its_own_rate():
    n, here = 10, np.arange(10)
    ring = Layout("ring", _rng().random((n, 2)), 1.0, here, np.roll(here, -1))
    kernel = st.heat_kernel(ring, 0.7)
    assert kernel.sum(0) == pytest.approx(np.ones(n)) and kernel == pytest.approx(kernel.T) and (kernel > 0).all()
    for k in range(4):
        wave = np.cos(2 * np.pi * k * here / n)
        assert kernel @ wave == pytest.approx(np.exp(-0.7 * (2 - 2 * np.cos(2 * np.pi * k / n))) * wave)


def test_a_network_is_at_rest_without_shocks_and_linear_in_them():
    scene = _scene(kinds={"tree": 1.0})
    twice = lambda clock, k: 2 * _constants(clock, k)  # noqa: E731
    assert not st.linear_network(_rng(2), scene, _zero, {}).any()
    once = st.linear_network(_rng(2), scene, _constants, {})
    assert st.linear_network(_rng(2), scene, twice, {}) == pytest.approx(2 * once) and once.any()


def test_sources_that_let_out_the_same_for_ever_fill_the_air_to_a_steady_state():
    params: dict = {}
    truth = st.plumes(_rng(4), _scene(steps=3000), _zero, params).truth
    assert (
        np.ptp(truth[-300:], axis=0) == pytest.approx(np.zeros(9), abs=1e-3) and (truth[-1] >= 0).all() and truth[0].sum() < truth[-1].sum()
    )


def test_roads_with_steady_demand_settle_and_never_exceed_the_free_speed():
    scene = _scene(96, 12, {"tree": 1.0}, "15min")
    steady = st.roads(_rng(5), scene, _zero, {}).truth
    assert np.abs(np.diff(steady[-8:], axis=0)).max() < 0.02 * steady.max() and (steady > 0).all()
    rush = st.roads(_rng(5), scene, lambda clock, k: np.full((k, clock.steps), 3.0), {}).truth
    assert rush.mean() < steady.mean() and rush.max() <= steady.max() + 1e-6


def test_an_epidemic_without_contagion_stays_with_those_who_brought_it():
    calm = st.contagion(_rng(6), _scene(200, freq="D"), _zero, {}).truth
    wild = st.contagion(_rng(6), _scene(200, freq="D"), lambda clock, k: np.full((k, clock.steps), 3.0), {}).truth
    assert wild.sum() > calm.sum() and (calm >= 0).all()


def test_excited_counts_have_the_mean_of_their_branching_ratio():
    params: dict = {}
    channel = st.excitement(_rng(8), _scene(6000, 4), _zero, params)
    assert channel.outcome is not None and params["branching"] < 0.95
    rng = _rng(8)  # the same draws, by hand
    branching = rng.uniform(0.2, 0.95)
    rng.uniform(size=2)
    level = np.exp(rng.uniform(np.log(0.1), np.log(8))) * rng.lognormal(0, 0.5, 4)
    assert channel.outcome.sum(1).mean() == pytest.approx(level.sum(), rel=0.1) and params["branching"] == pytest.approx(branching)


def test_everybody_of_a_crowd_is_counted_once():
    params: dict = {}
    truth = st.crowd(_rng(9), _scene(), _constants, params).truth
    assert (truth.sum(1) == params["movers"]).all()


def test_equal_oscillators_that_pull_on_each_other_fall_into_step():
    pull = np.ones((6, 6)) / 6
    theta = st.chaos.oscillate(_rng(1).uniform(0, 2, 6), np.full((400, 6), 0.1), pull, 0.2)
    order = np.abs(np.exp(1j * theta).mean(1))
    assert order[-1] == pytest.approx(1, abs=1e-6) and order[0] < 0.95
    assert theta[-1, 0] - theta[-2, 0] == pytest.approx(0.1, abs=1e-6)


def test_an_unplucked_membrane_is_still():
    assert not st.membrane(_rng(2), _scene(), _zero, {}).any()
    assert st.membrane(_rng(2), _scene(), _constants, {}).any()


def test_a_river_brings_to_the_mouth_what_fell_on_the_basin():
    scene = _scene(4000, 8, {"tree": 1.0})
    wet = lambda clock, k: np.ones((k, clock.steps))  # noqa: E731
    for seed in range(4):  # constant rain may be none at all
        truth = st.river(_rng(seed), scene, wet, {}).truth
        local = _constant_runoff(seed, scene, wet)
        assert truth[-1, 0] == pytest.approx(local.sum(), rel=1e-6)


def _constant_runoff(seed, scene, paths):
    rng = _rng(seed)
    rng.uniform(size=2)
    rain = np.maximum(0, st.coregionalised(rng, scene, paths, {}))[-1]
    return rain * rng.lognormal(0, 0.8, scene.layout.places)


def test_the_sun_sets_behind_clouds_too():
    truth = st.solar(_rng(3), _scene(24 * 20), _constants, {}).truth
    assert (truth == 0).any() and truth.min() == 0 and truth.max() <= 1


def test_controls_repeat_mislead_or_say_nothing():
    scene = _scene(400, 16, {"grid": 1.0})
    white = lambda clock, k: _rng(11).standard_normal((k, clock.steps))  # noqa: E731
    copies = st.duplicates(_rng(1), scene, white, {})
    assert (copies == copies[:, :1]).all()
    alone = np.corrcoef(st.independent(_rng(1), scene, white, {}).T)
    assert np.abs(alone - np.eye(16)).max() < 5 / np.sqrt(400)  # five standard errors, 120 pairs
    rng = _rng(5)
    order = rng.permutation(16)
    assert np.array_equal(st.permuted(_rng(5), scene, white, {}), st.coregionalised(rng, scene, white, {})[:, order])
    assert (order != np.arange(16)).any()
