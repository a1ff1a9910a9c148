"""What others tell exactly: a value that breaks it is found, named with those that tell it, and laid to the one that is wrong."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from chronotope.baselines import BASELINES
from chronotope.opening.open import open_field
from chronotope.tasks.detecting.inconsistent import Inconsistent, inconsistent
from chronotope.tasks.detecting.relations import relations_of
from chronotope.tasks.verbs import Model

pytestmark = pytest.mark.filterwarnings("ignore::chronotope.DataWarning")
LINEAR = Model(BASELINES["linear"]())
ROWS = slice(200, 203)


def parts(seed=0, steps=400, places=5) -> np.ndarray:
    rng = np.random.default_rng(seed)
    hours = np.arange(steps)[:, None]
    front = np.convolve(rng.normal(size=steps + 23), np.ones(24) / 24, "valid")[:, None] * 10
    return 40 + 8 * np.sin(2 * np.pi * hours / 24) + front + rng.normal(size=(steps, places))


def told(values: np.ndarray) -> Inconsistent:
    cells = values if values.ndim == 3 else values[:, :, None]
    return inconsistent(cells, np.isfinite(cells), np.zeros(cells.shape))


def opened(values: np.ndarray, is_variables=False):
    times = pd.date_range("2024-01-01", periods=len(values), freq="1h")
    if is_variables:
        arrays = {f"v{k}": (("time", "place"), column[:, None]) for k, column in enumerate(values.T)}
        return open_field(xr.Dataset(arrays, {"time": times, "place": ["p"]}))
    return open_field(
        xr.Dataset({"load": (("time", "place"), values)}, {"time": times, "place": [f"s{k}" for k in range(values.shape[1])]})
    )


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("is_rounded", [False, True])
def test_a_total_off_its_parts_by_a_few_hundredths_is_found_whether_values_are_rounded_or_not(seed, is_rounded):
    x = parts(seed)
    x = np.column_stack([x, x[:, :3].sum(axis=1)])
    x = np.round(x, 1) if is_rounded else x
    assert not told(x).told
    x[ROWS, 5] *= 1.1
    found = told(x)
    assert set(found.told) == {(row, 5, 0) for row in range(200, 203)}
    one = found.told[200, 5, 0]
    assert one.is_sum and set(one.by) == {(0, 0), (1, 0), (2, 0)} and not one.suspects
    np.testing.assert_allclose(one.value, x[200, :3].sum(), atol=1e-3)


def test_the_wrong_one_is_the_part_that_all_broken_relations_share():
    x = parts(1)
    x = np.column_stack([x, x[:, :3].sum(axis=1), 1.8 * x[:, 1] + 32])
    x[ROWS, 1] += 0.6
    found = told(x)
    assert set(found.told) == {(row, 1, 0) for row in range(200, 203)}
    assert not found.told[200, 1, 0].suspects


def test_where_it_cannot_be_told_which_is_wrong_both_are_named():
    x = parts(2, places=2)
    x = np.column_stack([x, x[:, 0]])
    x[250, 0] += 0.2
    found = told(x)
    assert set(found.told) == {(250, 0, 0), (250, 2, 0)}
    assert found.told[250, 0, 0].suspects == ((2, 0),) and found.told[250, 2, 0].suspects == ((0, 0),)


@pytest.mark.parametrize("share", [0.01, 0.08])
def test_broken_rows_neither_hide_a_relation_nor_are_learnt(share):
    x = parts(3)
    x = np.column_stack([x, x.sum(axis=1)])
    rng = np.random.default_rng(0)
    rows = rng.choice(400, int(400 * share), replace=False)
    x[rows, 5] += rng.choice([-1, 1], len(rows)) * rng.uniform(20, 60, len(rows))
    found = told(x)
    assert set(found.told) == {(int(row), 5, 0) for row in rows}
    np.testing.assert_allclose([found.told[row, 5, 0].value for row in rows], x[rows, :5].sum(axis=1), rtol=1e-6)


def test_a_sum_of_twenty_is_found_and_names_no_other():
    x = parts(4, places=24)
    x = np.column_stack([x, x[:, :20].sum(axis=1)])
    x[ROWS, 24] += 30
    by = told(x).told[201, 24, 0].by
    assert set(by) == {(k, 0) for k in range(20)}


def test_a_part_that_is_silent_leaves_nothing_to_be_told():
    x = parts(5)
    x = np.column_stack([x, x[:, :3].sum(axis=1)])
    x[ROWS, 5] *= 1.1
    x[201, 0] = np.nan
    assert {cell[0] for cell in told(x).told} == {200, 202}


def test_series_that_are_only_alike_and_steps_that_hardly_ever_come_tell_nothing_exactly():
    x = parts(6)
    assert relations_of(x.T, np.ones(x.T.shape, bool)) is None
    stairs = np.cumsum(np.random.default_rng(0).random((400, 12)) < 0.02, axis=0).astype(float)
    assert not told(stairs).told


def test_the_order_of_places_and_variables_does_not_count():
    x = parts(7)
    x = np.column_stack([x, x[:, :3].sum(axis=1)]).reshape(400, 3, 2)
    x[ROWS, 2, 1] *= 1.1
    plain, moved = told(x), told(x[:, [2, 0, 1]][..., ::-1].copy())
    np.testing.assert_allclose(moved.chance, plain.chance[:, [2, 0, 1]][..., ::-1], rtol=1e-3)
    assert plain.where.sum() == 3


def test_of_many_cells_the_variables_of_a_place_tell_each_other():
    x = np.stack([parts(seed, 200, 250) for seed in (8, 9)], axis=-1)
    x = np.concatenate([x, x[..., :1] + x[..., 1:]], axis=-1)
    x[100, 77, 2] += 20
    found = told(x)
    assert set(found.told) == {(100, 77, 2)} and found.told[100, 77, 2].by == ((77, 0), (77, 1))


@pytest.mark.parametrize("is_variables", [False, True])
def test_detect_flags_it_and_says_what_tells_it(is_variables):
    x = parts(0)
    x = np.column_stack([x, x[:, :3].sum(axis=1)])
    clean = LINEAR.detect(opened(x, is_variables))
    x[ROWS, 5] *= 1.03
    found = LINEAR.detect(opened(x, is_variables))
    name = "v5" if is_variables else "load"
    flag = found.to_xarray()[f"{name}_flag"].values.reshape(400, -1)[:, -1]
    assert flag[ROWS].all() and found.meta["flagged"] < clean.meta["flagged"] + 20
    event = found.events().query("kind == 'inconsistent'").iloc[0]
    assert (event["start"], event["end"]) == (pd.Timestamp("2024-01-09 08:00"), pd.Timestamp("2024-01-09 10:00"))
    who = "v5 at p" if is_variables else "load at s5"
    names = "v0, v1 and v2" if is_variables else "s0, s1 and s2"
    assert event["evidence"].startswith(f"{who}: ") and f" where {names} sum to " in event["evidence"]


def test_kelvin_beside_celsius_with_one_row_slipped():
    x = parts(1, places=1)
    x = np.column_stack([x, x[:, 0] + 273.15])
    x[300, 1] += 4.0
    events = LINEAR.detect(opened(np.round(x, 2), True)).events()
    first = events[events["start"] == pd.Timestamp("2024-01-13 12:00")].iloc[0]
    assert first["variable"] == "v1" and f"where v0 makes {x[300, 0] + 273.15:.1f}" in first["evidence"]
