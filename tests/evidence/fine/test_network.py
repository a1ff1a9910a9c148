"""The network of what lies inside cells: what passes through it, and that it is of use."""

import numpy as np
import pytest

from chronotope.evidence.fine import school
from chronotope.evidence.fine.blocks import block_means, inside, outside
from chronotope.evidence.fine.guess import Bounds, guess
from chronotope.evidence.fine.network import FILE, REACH, correction, filled, overlap

LEVELS = (0.1, 0.5, 0.9)


def field(missing=0.0, shape=(2, 9, 11), seed=0):
    rng = np.random.default_rng(seed)
    return np.where(rng.random(shape) < missing, np.nan, np.cumsum(rng.normal(size=shape), axis=1))


def discs(side=128, steps=2, seed=4):
    """Flat discs before one another: edges, and nothing else."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side]
    out = np.zeros((steps, side, side))
    for step in out:
        for _ in range(25):
            (cy, cx), size = rng.uniform(0, side, 2), rng.uniform(8, 40)
            step[(y - cy) ** 2 + (x - cx) ** 2 < size**2] = rng.normal()
    return out


@pytest.mark.parametrize("missing", [0.0, 0.3])
@pytest.mark.parametrize("factor", [(4, 4), (3, 3)])
def test_a_turned_and_mirrored_field_has_the_turned_and_mirrored_answer(missing, factor):
    coarse = field(missing)
    known = np.isfinite(coarse)
    plain = np.where(known[..., None], correction(coarse, factor), 0.0)
    for turn in range(4):
        for mirrored in (False, True):
            moved = lambda z: np.rot90(z[..., ::-1] if mirrored else z, turn, axes=(1, 2))  # noqa: B023, E731
            found = np.where(moved(known)[..., None], correction(moved(coarse), factor), 0.0)
            np.testing.assert_allclose(outside(found, factor), moved(outside(plain, factor)), atol=2e-5 * plain.std())


def test_an_offset_is_not_read_and_a_scale_passes_through():
    coarse = field(0.2)
    known = np.isfinite(coarse)
    plain, moved = correction(coarse, (2, 2))[known], correction(1e3 * coarse + 7e5, (2, 2))[known]
    np.testing.assert_allclose(moved, 1e3 * plain, atol=1e-4 * np.abs(moved).max())


@pytest.mark.parametrize("factor", [(4, 4), (5, 3), (16, 1)])
def test_means_of_blocks_stay(factor):
    found = correction(field(), factor)
    assert found.shape == (2, 9, 11, factor[0] * factor[1]) and found.std() > 0
    np.testing.assert_allclose(found.mean(axis=-1), 0, atol=1e-3 * found.std())


def test_parts_of_one_factor_are_those_of_another():
    """Halves are means of quarters: what is expected of a sum is the sum of what is expected."""
    coarse = field()
    quarters, halves = correction(coarse, (4, 4)), correction(coarse, (2, 2))
    np.testing.assert_allclose(block_means(outside(quarters, (4, 4)), (2, 2)), outside(halves, (2, 2)), atol=1e-5 * quarters.std())
    np.testing.assert_allclose(overlap((3, 5)).sum(axis=1), 1)


def test_nothing_is_read_from_beyond_its_reach_and_strips_make_no_seam(monkeypatch):
    coarse = field(shape=(1, 40, 12))
    other = coarse.copy()
    other[:, -1] += 100.0
    other -= other.mean() - coarse.mean()
    inner = slice(0, 40 - REACH - 1)
    plain = correction(coarse, (2, 2))
    np.testing.assert_allclose(plain[:, inner], correction(other, (2, 2))[:, inner], atol=1e-4 * plain.std())
    monkeypatch.setattr("chronotope.evidence.fine.network.CELLS", 5 * 12)
    np.testing.assert_allclose(correction(coarse, (2, 2)), plain, atol=1e-5 * plain.std())


def test_missing_cells_are_carried_on_from_those_around():
    values, missing = filled(np.array([[[1.0, np.nan, 3.0], [1.0, np.nan, 3.0]], [[np.nan] * 3] * 2]))
    np.testing.assert_allclose(values, [[[-1, 0, 1], [-1, 0, 1]], [[0, 0, 0], [0, 0, 0]]])
    np.testing.assert_array_equal(missing[0], [[0, 1, 0], [0, 1, 0]])


def test_edges_are_sharper_with_it(monkeypatch):
    truth = discs()
    coarse = block_means(truth, (4, 4))
    bounds = Bounds(np.full((32, 32), -np.inf), np.full((32, 32), np.inf))

    def error():
        found = guess(coarse, (4, 4), LEVELS, bounds, np.arange(2))[1]
        np.testing.assert_allclose(found.mean(axis=-1), coarse, atol=1e-9)
        return np.sqrt(np.mean((found - inside(truth, (4, 4))) ** 2))

    taught = error()
    monkeypatch.setattr(school, "RULES", school.POWERS)
    assert taught < 0.95 * error()


def test_directions_are_left_to_kernels():
    coarse = np.random.default_rng(0).uniform(0, 360, (2, 12, 12))
    bounds = Bounds(np.full((12, 12), -np.inf), np.full((12, 12), np.inf), 360.0)
    assert school.NETWORK in school.rules_for(Bounds(bounds.lower, bounds.upper).measure)
    assert school.rules_for(bounds.measure) == school.POWERS
    assert np.isfinite(guess(coarse, (2, 2), LEVELS, bounds, np.arange(2))).all()


def test_the_file_is_small():
    assert FILE.stat().st_size < 400_000
