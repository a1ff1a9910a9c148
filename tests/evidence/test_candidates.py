"""Every candidate alike: shapes, the same twice, nothing written; and a planted one is heard."""

import numpy as np
import pytest

from chronotope.evidence.candidates import CANDIDATES, CENTRES, DISTRIBUTIONS, FLOORS, POINTS, SPREADS
from chronotope.evidence.candidates import evidence as gathered
from chronotope.evidence.case import Case, Said, Spoken
from chronotope.evidence.distributions import LEVELS
from chronotope.evidence.past import Past
from tiles import series_of

ROWS = np.arange(180, 192)


def walks(both_sides=False, seed=0):
    """Four places of two variables with a day of ten steps and gaps; nothing was ever seen at the last."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(8, 200)).cumsum(1) * 0.3 + np.sin(2 * np.pi * np.arange(200) / 10)
    m = rng.random((8, 200)) < 0.9
    m[6:] = False
    m[:, ROWS] &= not both_sides
    return series_of(x, m, [10], both_sides, 180, variables=2)


def case_of(series):
    anchor = 179 if not series.both_sides else 185
    return Case(Past(series, True, ROWS, anchor), ROWS, anchor, POINTS, DISTRIBUTIONS)


@pytest.mark.parametrize("both_sides", [False, True])
@pytest.mark.parametrize("name", CANDIDATES)
def test_it_says_numbers_where_it_says_that_it_does_and_writes_into_nothing(name, both_sides):
    series = walks(both_sides)
    before = {key: value.copy() for key, value in vars(series).items() if isinstance(value, np.ndarray)}
    case = case_of(series)
    spoken = CANDIDATES[name](case)
    for said, shape in ((spoken.tried, case.trials.cells.shape), (spoken.asked, case.asked.shape)):
        assert said.value.shape == said.is_available.shape == shape and said.is_available.dtype == bool
        assert np.isfinite(said.value[said.is_available]).all()
    assert (spoken.quantiles is not None) == (name in SPREADS)
    if spoken.quantiles is not None:
        assert spoken.quantiles.shape == (*case.asked.shape, len(LEVELS)) and (np.diff(spoken.quantiles, axis=-1) >= -1e-6).all()
    assert case.error(name).shape == (8, len(case.trials.leads))
    again = CANDIDATES[name](case)
    assert np.array_equal(again.asked.value, spoken.asked.value) and np.array_equal(again.tried.value, spoken.tried.value)
    for key, value in before.items():
        assert np.array_equal(value, getattr(series, key)), key


def test_gathered_evidence_stands_in_the_order_of_the_registry():
    found = gathered.gather(walks(), ROWS, 179)
    assert tuple(CANDIDATES) == FLOORS == CENTRES + SPREADS and found.centre.shape == (8, len(ROWS), len(FLOORS))
    last = case_of(walks()).spoken("last").asked.value
    np.testing.assert_array_equal(found.centre[:6, :, FLOORS.index("last")], last[:6])


def test_a_planted_candidate_is_heard(monkeypatch):
    def seven(case):
        return case.each(lambda cells: Said.of(np.full(cells.shape, 7.0), np.ones(cells.shape, bool)))

    planted = {**POINTS, "seven": seven}
    case = Case(case_of(walks()).past, ROWS, 179, planted, DISTRIBUTIONS)
    assert isinstance(case.spoken("seven"), Spoken) and (case.spoken("seven").asked.value == 7).all()
    known = case.past.series.known
    miss = np.abs(case.trials.truth - 7.0) * case.trials.valid
    mean = miss.sum(2) / np.maximum(case.trials.valid.sum(2), 1)
    assert np.corrcoef(case.error("seven")[known].ravel(), mean[known].ravel())[0, 1] > 0.99
    names = tuple(name for name in case.points if name != "seven")
    assert len(case.stack(case.points)[2][0, 0]) == len(names) + 1


@pytest.mark.parametrize("both_sides", [False, True])
def test_candidates_are_tried_on_rows_that_were_seen(both_sides):
    """A station that rests all winter: four days after it woke, trials still stand on the season before."""
    m = np.ones((3, 400), bool)
    m[:, 250:396] = False
    x = np.random.default_rng(0).normal(size=m.shape)
    series = series_of(x, m, [7], both_sides, 400)
    rows, anchor = np.arange(400, 407) if not both_sides else np.arange(320, 328), 399 if not both_sides else 323
    trials = Case(Past(series, True, rows, anchor), rows, anchor, POINTS, DISTRIBUTIONS).trials
    assert series.m[:, trials.rows].all() and (trials.rows < 250).sum() > 10 and trials.valid.mean() > 0.8


def test_without_holes_the_rows_are_evenly_spread_before_the_question():
    series = series_of(np.zeros((2, 300)), np.ones((2, 300), bool), [7], False, 300)
    past = Past(series, True, np.arange(300, 304), 299)
    assert past.tried[0] == 300 - 96 and past.tried[-1] == 299 and len(past.tried) == 96


def test_a_tried_level_is_the_one_that_would_have_been_asked_for_then():
    rng = np.random.default_rng(0)
    x, m = rng.normal(size=(2, 300)).cumsum(1), rng.random((2, 300)) < 0.8
    case = case_of(series_of(x, m, [], False, 180))
    cells, tried = case.trials.cells, case.spoken("level").tried.value
    for n in range(0, cells.shape[1], 37):
        stop = int(cells.before[0, n]) + 1
        rows = np.arange(stop, stop + 8)
        then = Case(Past(series_of(x, m, [], False, stop), True, rows, stop - 1), rows, stop - 1, POINTS, DISTRIBUTIONS)
        np.testing.assert_allclose(tried[0, n], then.spoken("level").asked.value[0, 0], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["level", "marginal"])
def test_what_is_tried_reads_nothing_from_the_lead_before_on(name):
    x, m = np.random.default_rng(0).normal(size=(3, 200)).cumsum(1), np.ones((3, 200), bool)
    case, later = case_of(series_of(x, m, [], False, 180)), 150
    other = case_of(series_of(np.where(np.arange(200) < later, x, 9.0), m, [], False, 180))
    cells = case.trials.cells
    before = (cells.row - np.repeat(case.trials.leads, case.trials.shape[2])) < later
    assert before.any() and not before.all()
    mine, others = (one.spoken(name).tried.value for one in (case, other))
    np.testing.assert_array_equal(mine[:, before], others[:, before])
    assert (mine[:, ~before] != others[:, ~before]).any()
