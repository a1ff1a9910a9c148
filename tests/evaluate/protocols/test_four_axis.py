"""The card adds up: ratios, ranks, masks, and words for what was not measured."""

import json

import numpy as np
import pandas as pd
import pytest

from chronotope.baselines import BASELINES
from chronotope.errors import ArgumentError, DataError, NoFileError
from chronotope.evaluate.protocols import card, four_axis
from chronotope.evaluate.protocols.card_page import card_page
from chronotope.evaluate.protocols.manifest import data_hash, entry, frozen
from chronotope.evaluate.protocols.specialist import TrainedRidge
from chronotope.evaluate.protocols.splits import Part
from chronotope.evaluate.scores.sums import assemble, collapse
from chronotope.evaluate.sets.yardsticks import YARDSTICKS, Yardstick, suite
from chronotope.questions import AbstractQuantilePredictor, Question
from sheets import noise, smooth


class Refusing(AbstractQuantilePredictor):
    name = "refusing"
    kind = "network"

    def quantiles(self, question):
        raise ArgumentError("This model must not be asked; it was.")


@pytest.fixture(scope="module")
def made():
    """Rows of two small sets and few floors."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(four_axis, "FLOORS", {"forecast": ("last_value", "mix"), "impute": ("linear",), "interpolate": ("neighbour_mean",)})
        sets = (
            Yardstick("smooth", "grid", "a", "world", 6, lambda root: smooth(4, 160)),
            Yardstick("noise", "graph", "b", "world", 6, lambda root: noise(12, 160)),
        )
        opened = {one.name: one.open() for one in sets}
        rows = four_axis.run(sets, opened, [BASELINES["drift"](), Refusing()])
    return rows, sets, opened


def test_every_cell_of_the_card_is_filled_for_floors_and_learners(made):
    table = card.eight(made[0])
    assert list(table.columns) == list(card.CELLS) and table.loc[["memoriser", "drift"]].notna().all().all()
    assert table.index[-1] == "refusing" and list(table.index[:2]) in (["memoriser", "drift"], ["drift", "memoriser"])
    assert "last_value (forecast)" in table.index and "last_value" in card.eight(made[0], task="forecast").index


def test_the_best_floor_has_ratio_one_and_ranks_follow_the_loss(made):
    rows = made[0]
    keys = ["set", "axis", "mode", "variant", "task"]
    assert np.allclose(rows[rows["is_floor"]].groupby(keys)["wql_ratio"].min(), 1)
    for _, part in rows.groupby(keys):
        assert (part.sort_values("wql")["rank"].diff().dropna() >= 0).all()


def test_cells_are_geometric_means_over_sets_and_tasks(made):
    rows = made[0]
    picked = rows[(rows["model"] == "memoriser") & (rows["axis"] == "time") & (rows["mode"] == "in")]
    cells = card.cells(rows)
    mine = cells[(cells["model"] == "memoriser") & (cells["axis"] == "time") & (cells["mode"] == "in")].iloc[0]
    assert mine["wql_ratio"] == pytest.approx(np.exp(np.log(picked["wql_ratio"]).mean())) and mine["n"] == picked["n"].sum()
    assert mine["sets"] == 2 and mine["tasks"] == "forecast, impute, interpolate"


def test_a_model_that_breaks_is_broken_and_not_unrun(made):
    rows = made[0]
    bad = rows[rows["model"] == "refusing"]
    assert (bad["broken"] == "This model must not be asked; it was.").all() and (bad["n"] == 0).all() and bad["wql"].isna().all()
    assert len(bad) == (rows["model"] == "drift").sum() and (rows.loc[rows["model"] != "refusing", "broken"] == "").all()
    assert (card.words(card.eight(rows)).loc["refusing"] == card.BROKEN).all()
    told = card.card(rows, {})["broken"]
    assert {one["model"] for one in told} == {"refusing"} and sum(one["rows"] for one in told) == len(bad)
    assert "This model must not be asked; it was." in card_page(rows, {"suite": "quick"})
    half = card.words(card.eight(rows[(rows["model"] != "refusing") | (rows["axis"] == "time")]))
    assert half.loc["refusing", "time in"] == card.BROKEN and half.loc["refusing", "space in"] == card.NOT_RUN


def test_what_was_not_measured_says_so(made):
    rows = made[0]
    words = card.words(card.eight(rows[(rows["model"] != "drift") | (rows["axis"] != "time")]))
    assert words.loc["drift", "time in"] == card.NOT_RUN and words.loc["drift", "space in"] != card.NOT_RUN


def test_scores_are_those_of_a_second_way(made):
    rng = np.random.default_rng(0)
    truth = rng.normal(2, 1, 50)
    truth[:5] = 0
    answer = np.sort(rng.normal(2, 1, (9, 50)), axis=0)
    for known in (np.ones(50, bool), truth != 0):
        got = assemble([collapse(answer[:, :, None, None], np.where(known, truth, np.nan)[:, None, None])]).scores()
        a, y = answer[4][known], truth[known]
        assert got["mae"] == pytest.approx(np.abs(a - y).mean()) and got["rmse"] == pytest.approx(np.sqrt(((a - y) ** 2).mean()))
        assert got["r2"] == pytest.approx(1 - ((a - y) ** 2).sum() / ((y - y.mean()) ** 2).sum()) and got["n"] == known.sum()


def test_ranks_that_change_with_the_mask_are_listed():
    base = {"task": "forecast", "axis": "time", "mode": "out", "set": "s", "rmse": 1.0, "rmse_masked": 1.0, "r2": 0.0, "r2_masked": 0.0}
    rows = pd.DataFrame([base | {"model": "a", "mae": 1.0, "mae_masked": 3.0}, base | {"model": "b", "mae": 2.0, "mae_masked": 2.5}])
    ranks, changes = card.consistency(rows)
    assert ranks.loc["a", ["mae", "mae_masked"]].tolist() == [1, 2]
    assert changes == [{"set": "s", "score": "mae", "ranks": {"a": [1, 2], "b": [2, 1]}}]


def test_what_is_remembered_helps_in_distribution_alone(made):
    table = card.remembered(made[0]).set_index(["axis", "mode"])["memoriser / its floor"]
    assert (table.xs("in", level="mode") < 1.005).all() and table[("space", "in")] < 0.9
    assert table.xs("out", level="mode").between(0.97, 1.03).all()


def test_saved_rows_make_the_same_card(made, tmp_path):
    rows = made[0]
    card.save_rows(rows, tmp_path / "rows.csv")
    again = card.load_rows(tmp_path / "rows.csv")
    first, second = (json.loads(card.to_json(card.card(r, {"suite": "quick"}))) for r in (rows, again))
    assert first == second and {one["layout"] for one in first["layouts"]} == {"grid", "graph"} and first["specialists"]
    assert card.signature(first) == first["signature"]
    first["cells"][0]["wql_ratio"] = 0.5
    assert card.signature(first) != first["signature"]
    with pytest.raises(NoFileError, match="not"):
        card.load_rows(tmp_path / "absent.csv")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="column 'set'"):
        card.load_rows(tmp_path / "other.csv")
    with pytest.raises(DataError, match="at least one set"):
        card.card(rows[:0], {})


def test_the_page_is_whole_and_needs_nothing_from_elsewhere(made):
    text = card_page(made[0], {"suite": "quick", "sets": {"smooth": "grid", "gone": "left out: not here"}})
    assert text.startswith("<!doctype html>") and "not here" in text and "memoriser" in text
    assert "http" not in text.replace("http-equiv", "") and "<script" not in text


def test_a_trained_ridge_learns_what_it_is_given():
    """x(t + 1) = 0.9 x(t) exactly, beside a level: the fitted forecast follows it."""
    x = 50 * 0.9 ** np.arange(60)[:, None] + np.zeros((60, 8)) + np.random.default_rng(0).normal(0, 1e-3, (60, 8))
    sheet = noise(8, 60)
    from dataclasses import replace

    sheet = replace(sheet, panel=replace(sheet.panel, values=np.float32(x)[..., None]))
    ridge = TrainedRidge([Part(sheet, np.ones((60, 8), bool))], 4)
    panel = sheet.panel.slice_time(0, 30).extend(4)

    asked = np.zeros(panel.values.shape, bool)
    asked[-4:] = True
    answer = ridge.answer(Question(panel, panel.mask, asked)).values
    assert np.allclose(answer[4, :, :, 0], x[30:34], rtol=0.05) and (np.diff(answer, axis=0) >= 0).all()


def test_the_manifest_knows_every_set_and_simulated_ones_are_as_frozen():
    known = frozen()
    assert set(known) == {one.name for one in YARDSTICKS}
    one = next(one for one in YARDSTICKS if one.name == "made_walkers")
    sheet = one.open()
    assert data_hash(sheet, exact=False) == known["made_walkers"]["data"]
    from dataclasses import replace

    other = replace(sheet, panel=replace(sheet.panel, values=sheet.panel.values[::-1] ** 2))
    assert data_hash(other, exact=False) != data_hash(sheet, exact=False) and data_hash(other) != data_hash(sheet)


def test_an_entry_hashes_data_and_splits(made):
    _, sets, opened = made
    first = entry(sets[1], opened, sets)
    assert {"time-in", "time-out", "space-in"} <= set(first["splits"]) and first["shape"] == [160, 12, 1]
    assert entry(sets[1], opened | {"noise": noise(12, 160, seed=9)}, sets)["data"] != first["data"]


def test_quick_has_two_sets_of_every_layout():
    quick = suite("quick")
    layouts = {one.layout for one in quick}
    assert layouts == {"grid", "graph", "events", "tracks", "video"}
    assert all(sum(one.layout == layout for one in quick) >= 2 for layout in layouts)
    assert all(any(one.layout == layout and one.origin == "world" for one in quick) for layout in layouts)
