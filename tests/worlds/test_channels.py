"""The multivariatizer: lagged variables are lagged, unrelated ones are not related."""

import numpy as np

from chronotope.worlds.channels import multivariate
from chronotope.worlds.clock import draw_clock
from chronotope.worlds.layout import draw_layout
from chronotope.worlds.world import Scene


def _draw(seed):
    rng = np.random.Generator(np.random.PCG64(seed))
    scene = Scene(draw_clock(rng, 300, "h", "none"), draw_layout(rng, 5))
    params: dict = {}
    return multivariate(rng, scene, rng.standard_normal((300, 5)), params), params


def test_about_a_fifth_of_the_draws_have_several_variables():
    numbers = [len(_draw(seed)[0]) for seed in range(200)]
    assert 0.1 < np.mean(np.array(numbers) > 1) < 0.32 and max(numbers) <= 6


def test_all_fields_are_finite_and_of_order_one():
    for seed in range(60):
        fields, params = _draw(seed)
        assert len(params.get("channels", [])) == len(fields) - 1
        assert all(f.shape == (300, 5) and np.isfinite(f).all() and 0.01 < f.std() < 20 for f in fields)


def test_a_lagged_variable_leads_or_follows_its_source():
    hits = 0
    for seed in range(400):
        fields, params = _draw(seed)
        if params.get("channels") == ["lagged"]:
            a, b = (f[:, 0] for f in fields)
            score = [abs(np.corrcoef(a[20:-20], np.roll(b, k)[20:-20])[0, 1]) for k in range(-15, 16)]
            hits += int(np.argmax(score)) != 15 and max(score) > 0.2
    assert hits >= 1
