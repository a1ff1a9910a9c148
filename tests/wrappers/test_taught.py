"""Predictors that learn from their own misses: trees read back, lessons without a leak, gains where there is something to learn."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import chronotope as ct
from chronotope.baselines import BASELINES
from chronotope.pace import said, working
from chronotope.questions import QUANTILE_LEVELS
from chronotope.questions.kinds.forecast import ahead
from chronotope.wrappers.taught import teach as teaching
from chronotope.wrappers.taught.forest import grown
from chronotope.wrappers.taught.kept import with_taught, write_taught
from chronotope.wrappers.taught.lessons import Clock, Lessons
from chronotope.wrappers.taught.teach import teach
from panels import panel_of

lightgbm = pytest.importorskip("lightgbm")
STEPS = 6


def saw(steps=900, places=4, seed=0):
    """A level that falls back whenever it has passed 4: the last value says what comes, and not on a straight line."""
    rng, x = np.random.default_rng(seed), np.zeros((steps, places))
    for t in range(1, steps):
        x[t] = np.where(x[t - 1] > 4, 0.0, x[t - 1] + 0.5) + 0.05 * rng.normal(size=places)
    return x


def losses(predictor, panel, rows):
    """Mean pinball loss of forecasts from rows."""
    levels, total = np.array(QUANTILE_LEVELS)[:, None, None, None], []
    for row in rows:
        miss = panel.after(row, STEPS) - predictor.answer(ahead(panel, row, STEPS)).values
        total.append(np.nanmean(np.maximum(levels * miss, (levels - 1) * miss)))
    return float(np.mean(total))


def told(panel, row):
    return BASELINES["last_value"]().answer(ahead(panel, row, STEPS)).values[..., 0].astype(float)


def lessons_at(panel, row, quantiles):
    made = Lessons(panel, panel.values.astype(float), len(panel.times), Clock.of(panel))
    return made.of(0, (), row, np.arange(1, STEPS + 1), quantiles)


@pytest.fixture(scope="module")
def taught():
    panel = panel_of(saw())
    return panel, *teach(BASELINES["last_value"](), panel.slice_time(0, 700), STEPS, origins=60)


def test_trees_are_read_as_they_were_grown(monkeypatch):
    rng = np.random.default_rng(0)
    table = rng.normal(size=(3000, 4)).astype(np.float32)
    table[rng.random(table.shape) < 0.1] = np.nan
    table[:, 3] = np.abs(np.nan_to_num(table[:, 3])) + 1.0  # never missing when they were grown
    truth = np.where(np.isnan(table[:, 0]), 2.0, table[:, 0] * (np.nan_to_num(table[:, 1]) > 0)) + 0.1 * table[:, 3]
    kept, train = [], lightgbm.train
    monkeypatch.setattr(lightgbm, "train", lambda *args: kept.append(train(*args)) or kept[-1])
    forest = grown(table, truth, 0.3)
    table[::7, 3] = np.nan
    np.testing.assert_allclose(forest.predict(table), kept[0].predict(table), atol=1e-9)
    assert np.ptp(forest.predict(table)) > 1


def test_trees_of_one_leaf_are_read():
    forest = grown(np.zeros((500, 2), np.float32), np.full(500, 3.0), 0.5)
    assert forest.predict(np.ones((2, 2))) == pytest.approx(3.0)


def test_lessons_read_nothing_after_their_origin():
    panel = panel_of(saw(400))
    spoilt = replace(panel, values=np.where(np.arange(400)[:, None, None] > 300, 99.0, panel.values).astype(np.float32))
    gone = replace(panel, values=np.where(np.arange(400)[:, None, None] > 300, np.nan, panel.values).astype(np.float32))
    quantiles = told(panel, 300)
    one = lessons_at(panel, 300, quantiles)
    assert np.isfinite(one).mean() > 0.9
    np.testing.assert_array_equal(one, lessons_at(spoilt, 300, quantiles))
    asked = ahead(gone, 300, STEPS)
    short = Lessons(asked.frame, asked.visible().astype(float), asked.first, Clock.of(panel))
    np.testing.assert_allclose(one, short.of(0, (), 300, np.arange(1, STEPS + 1), quantiles), rtol=1e-6)


def test_lessons_do_not_hear_units():
    panel = panel_of(saw(400))
    other = replace(panel, values=(100 - 40 * panel.values).astype(np.float32))
    other = replace(other, values=(200 - other.values).astype(np.float32))
    np.testing.assert_allclose(
        lessons_at(panel, 300, told(panel, 300)), lessons_at(other, 300, 100 + 40 * told(panel, 300)), rtol=1e-3, atol=1e-3
    )


def test_what_can_be_learned_is_learned(taught):
    panel, model, verdicts, asked = taught
    rows, base = range(700, 890, 7), BASELINES["last_value"]()
    assert asked == 60 and verdicts[0].share > 0 and verdicts[0].after < 0.8 * verdicts[0].before
    assert verdicts[0].held[1] >= min(verdicts[0].held[0], 0.8) - 0.01
    assert losses(model, panel, rows) < 0.8 * losses(base, panel, rows)


def test_where_there_is_nothing_to_learn_the_model_stays():
    panel = panel_of(np.random.default_rng(1).normal(size=(500, 4)))
    model, verdicts, _ = teach(BASELINES["marginal"](), panel, STEPS, origins=60)
    assert verdicts[0].share == 0 and verdicts[0].after == verdicts[0].before and not model.learned


def test_nothing_after_the_origin_moves_a_forecast(taught):
    panel, model, *_ = taught
    spoilt = replace(panel, values=np.where(np.arange(900)[:, None, None] > 800, 1e6, panel.values).astype(np.float32))
    np.testing.assert_array_equal(*(model.answer(ahead(one, 800, STEPS)).values for one in (panel, spoilt)))


def test_quantiles_rise_and_any_level_is_told(taught):
    panel, model, *_ = taught
    levels = (0.01, 0.1, 0.15, 0.5, 0.77, 0.99)
    values = model.answer(ahead(panel, 800, STEPS).wanting(levels)).values
    assert (np.diff(values, axis=0) >= 0).all()
    np.testing.assert_array_equal(values[3], model.answer(ahead(panel, 800, STEPS).wanting((0.5,))).values[0])


def test_what_was_not_learned_is_answered_as_before(taught):
    panel, model, *_ = taught
    base, longer = BASELINES["last_value"](), ahead(panel, 800, STEPS + 3)
    made, plain = (one.answer(longer).values for one in (model, base))
    assert not np.array_equal(made[:, :STEPS], plain[:, :STEPS])
    np.testing.assert_array_equal(made[:, STEPS:], plain[:, STEPS:])
    other = ahead(replace(panel, variables=("other",)), 800, STEPS)
    with working("asking"):
        np.testing.assert_array_equal(model.answer(other).values, base.answer(other).values)
        assert "learned from the variables" in said()[-1]
        model.answer(ahead(panel, 500, STEPS))
        assert "no test of it" in said()[-1]


def test_what_is_known_ahead_is_learned_with_it():
    """A switch known ahead brings a third of the time what no line through its values tells."""
    rng = np.random.default_rng(3)
    switch = rng.integers(0, 3, (900, 1)) * np.ones((1, 4))
    values = np.stack([6.0 * (switch == 1) + 0.2 * rng.normal(size=switch.shape), switch], axis=-1)
    panel, known = panel_of(values), np.array([False, True])
    base, target = BASELINES["marginal"](), np.array([True, False])
    model, verdicts, _ = teach(base, panel.slice_time(0, 800), STEPS, target=target, known=known, origins=80)
    question = ahead(panel, 850, STEPS, target=target, known=known)
    miss = [np.abs(one.answer(question).values[4, ..., 0] - panel.after(850, STEPS)[..., 0]).mean() for one in (base, model)]
    assert verdicts[0].after < 0.5 * verdicts[0].before and miss[1] < 0.3 * miss[0]
    turned = replace(panel, values=panel.values[..., ::-1], variables=panel.variables[::-1])
    other = ahead(turned, 850, STEPS, target=target[::-1], known=known[::-1])
    np.testing.assert_array_equal(model.answer(question).values, model.answer(other).values[..., ::-1])
    hidden = ahead(panel, 850, STEPS, target=target)
    np.testing.assert_array_equal(*(one.answer(hidden).values for one in (model, base)))


def test_the_same_seed_learns_the_same(taught):
    panel, model, *_ = taught
    again, *_ = teach(BASELINES["last_value"](), panel.slice_time(0, 700), STEPS, origins=60)
    np.testing.assert_array_equal(*(one.answer(ahead(panel, 800, STEPS)).values for one in (model, again)))


def test_it_is_kept_on_disk_as_numbers(taught, tmp_path):
    panel, model, *_ = taught
    write_taught(tmp_path, model)
    again = with_taught(tmp_path, BASELINES["last_value"]())
    np.testing.assert_array_equal(*(one.answer(ahead(panel, 800, STEPS)).values for one in (model, again)))
    (tmp_path / "trees.safetensors").write_bytes(b"nothing")
    with pytest.raises(ct.DataError, match="Copy the folder again"):
        with_taught(tmp_path, BASELINES["last_value"]())


def test_time_is_kept(monkeypatch):
    clock = iter(range(10_000))
    monkeypatch.setattr(teaching.time, "monotonic", lambda: float(next(clock)))
    _, _, asked = teach(BASELINES["last_value"](), panel_of(saw(500)), STEPS, origins=100, deadline=50.0)
    assert teaching.FEWEST <= asked < 60


def test_a_short_field_is_refused():
    with pytest.raises(ct.DataError, match="must have 20 origins"):
        teach(BASELINES["last_value"](), panel_of(saw(45)), STEPS)


@pytest.fixture(scope="module")
def field():
    return ct.open({"values": saw(400), "time": pd.date_range("2024-01-01", periods=400, freq="h").values})


def test_a_model_is_taught_saved_and_loaded(field, tmp_path):
    made = ct.load("tiny").finetune(field.isel(time=slice(0, 380)), "trees", steps=30, horizon=STEPS)
    row = made.report.iloc[0]
    assert made.name == "tiny+trees" and row["kept"] and row["steps"] == 30
    assert set(made.report.columns) == set(made.report.attrs["definitions"])
    again = ct.load(made.save(tmp_path / "own"))
    pd.testing.assert_frame_equal(made.forecast(field, STEPS).to_pandas(), again.forecast(field, STEPS).to_pandas())
    filled = [one.impute(field).to_pandas() for one in (made, ct.load("tiny"))]
    pd.testing.assert_frame_equal(*filled)


def test_wrong_calls_are_refused(field):
    with pytest.raises(ct.ArgumentError, match="are for method='trees'"):
        ct.load("tiny").finetune(field, "head", horizon=3)
    with pytest.raises(ct.ArgumentError, match="seed must"):
        ct.load("tiny").finetune(field, "trees", seed=-1)
    with pytest.raises(ct.ArgumentError, match="no weights|has weights"):
        ct.load("baseline:last_value").finetune(field, "trees", steps=30, horizon=STEPS).save("x")


def test_no_time_for_the_fewest_origins_is_said(monkeypatch):
    clock = iter(range(10_000))
    monkeypatch.setattr(teaching.time, "monotonic", lambda: float(next(clock)))
    with pytest.raises(ct.BudgetError, match="minutes must be enough"):
        teach(BASELINES["last_value"](), panel_of(saw(500)), STEPS, deadline=15.0)


def test_trees_are_grown_on_as_many_cells_as_there_is_time_for(monkeypatch):
    cells = teaching._Cells(np.zeros((5000, 2), np.float32), np.zeros((5000, 9)), np.zeros(5000), np.ones(5000), np.arange(5000))
    monkeypatch.setattr(teaching, "_forests", lambda few: None)
    clock = iter([0.0, 10.0, 10.0])
    monkeypatch.setattr(teaching.time, "monotonic", lambda: next(clock))
    some = teaching._in_time(cells, 30.0, 0)  # 4,000 took ten seconds, five times four fifths and once more take five of them
    assert len(some.truth) == pytest.approx(0.9 * 20 / (10 / 4000 * 5), abs=1)
    assert teaching._in_time(cells, float("inf"), 0) is cells


def test_many_places_are_asked_about_in_parts():
    class Counting(type(BASELINES["last_value"]())):
        asked: list[int] = []

        def quantiles(self, question):
            self.asked.append(question.asked.shape[1])
            return super().quantiles(question)

    panel = panel_of(saw(120, places=450))
    model, _, _ = teach(Counting(), panel, 2, origins=20)
    assert set(Counting.asked) == {teaching.PLACES}
    assert np.isfinite(model.answer(ahead(panel, 119, 2)).values).all()


def test_a_block_left_out_is_left_out_with_a_horizon_around_it(monkeypatch):
    origins = np.repeat(np.arange(100, 300, 4), 12)
    zero = np.zeros(len(origins))
    cells = teaching._Cells(np.zeros((len(origins), 1), np.float32), np.zeros((len(origins), 9)), zero, zero + 1, origins)
    read, forests = [], teaching._forests
    monkeypatch.setattr(teaching, "_forests", lambda some: read.append(set(some.origin.tolist())) or forests(some))
    teaching._tried("x", cells, 10)
    blocks = np.array_split(np.unique(origins), teaching.BLOCKS)
    for block, seen in zip(blocks, read, strict=True):
        assert seen and all(one < block[0] - 10 or one > block[-1] + 10 for one in seen)
        assert len(seen) >= 50 - len(block) - 2 * 3


def test_a_field_in_which_no_block_stands_apart_is_left_as_it_is():
    panel = panel_of(saw(80))
    model, verdicts, _ = teach(BASELINES["last_value"](), panel, 30, origins=27)
    assert verdicts[0].share == 0 and not model.learned


def test_a_rare_day_known_ahead_is_learned():
    """A closed day that the last five hundred rows do not show."""
    rng, flag = np.random.default_rng(4), np.zeros((2400, 1))
    for day in (10, 20, 30, 75, 95):
        flag[24 * day : 24 * day + 24] = 1.0
    values = np.stack([np.where(flag > 0, -8.0, 0.0) + rng.normal(size=(2400, 3)), flag * np.ones((1, 3))], axis=-1)
    made = Lessons(panel_of(values), values, 2400, Clock((), ()))
    quiet = 24 * 60
    told_flat = np.tile(np.linspace(-1, 1, 9)[:, None, None], (1, STEPS, 3))
    table = made.of(0, (1,), quiet, np.arange(1, STEPS + 1), told_flat)
    assert np.isfinite(table[..., -2]).all()  # where the day stands, though it was not seen lately


def test_a_wrong_method_is_named_first(field):
    with pytest.raises(ct.ArgumentError, match="one of lora.*trees; found 'magic'"):
        ct.load("tiny").finetune(field, "magic", horizon=3)


def test_a_place_alone_with_a_position_is_learned():
    panel = panel_of(saw(400, places=1))
    panel = replace(panel, xy=np.zeros((1, 2)), latlon=np.zeros((1, 2)))
    model, verdicts, _ = teach(BASELINES["last_value"](), panel.slice_time(0, 350), STEPS, origins=80)
    assert verdicts[0].share > 0 and np.isfinite(model.answer(ahead(panel, 380, STEPS)).values).all()
