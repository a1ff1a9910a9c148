"""Splits keep apart what they say: places, times, buffers and scales; honest ones pass the audit, planted copies do not."""

from dataclasses import replace

import numpy as np
import pytest

from chronotope.errors import DataError
from chronotope.evaluate.protocols.audit import audit
from chronotope.evaluate.protocols.questions import TASKS, questions_of
from chronotope.evaluate.protocols.splits import BUFFER, TEST, TRAIN, VALID, Part, blocked, parts_of_time, scattered, staggered
from chronotope.evaluate.sets.sheet import coarser_cells, coarser_steps, sheet_of
from panels import panel_of
from sheets import noise, smooth, splits

MADE = {"smooth": splits(smooth()), "noise": splits(noise())}
NAMES = [(name, key) for name, made in MADE.items() for key in made]


def test_a_raster_has_eight_cells_and_four_scales():
    cells = {key.split("/")[0] for key in MADE["smooth"]}
    assert cells == {f"{axis}-{mode}" for axis in ("domain", "space", "time", "scale") for mode in ("in", "out")}
    scales = {key for key in MADE["smooth"] if key.startswith("scale-out")}
    assert scales == {"scale-out/step / 2", "scale-out/step x 2", "scale-out/cells / 2", "scale-out/cells x 2"}


@pytest.mark.parametrize("name,key", NAMES)
def test_an_honest_split_shares_no_cell(name, key):
    found = audit(MADE[name][key], series=False)
    assert found.passed and set(found.shared) == {"train and test", "valid and test", "train and valid"}


@pytest.mark.parametrize("key", ["domain-in", "space-in", "space-out", "time-in", "time-out", "scale-in", "scale-out/step x 2"])
def test_an_honest_split_holds_no_copies(key):
    found = audit(MADE["noise"][key])
    assert found.passed and found.compared[0] > 0 and found.compared[1] > 0, str(found)


@pytest.mark.parametrize("name,key", [pair for pair in NAMES if "-out" in pair[1] and not pair[1].startswith("domain")])
def test_out_of_distribution_is_asked_after_everything_that_is_learnt(name, key):
    split = MADE[name][key]
    last = max(part.sheet.last[part.cells.any(axis=1)].max() for part in (*split.train, *split.valid))
    assert split.test.sheet.first[split.test.cells.any(axis=1)].min() >= last


@pytest.mark.parametrize("name", MADE)
def test_early_stopping_sees_no_test_place_and_no_test_time(name):
    split = MADE[name]["space-out"]
    parts = [part.cells for part in (split.train[0], split.valid[0], split.test)]
    for axis in (0, 1):
        used = np.array([cells.any(axis=axis) for cells in parts]).sum(axis=0)
        assert used.max() == 1


def test_places_behind_the_buffer_are_at_least_so_far():
    xy = np.random.default_rng(0).uniform(0, 10, (80, 2))
    where = blocked(xy, 1.5)
    for a, b in ((TRAIN, TEST), (VALID, TEST), (TRAIN, VALID)):
        gap = np.hypot(*(xy[where == a][:, None] - xy[where == b][None]).transpose(2, 0, 1))
        assert gap.min() >= 1.5
    assert {TRAIN, VALID, TEST, BUFFER} == set(where) and (where == TEST).sum() == 20
    with pytest.raises(DataError, match="leave two places"):
        blocked(xy, 20.0)


def test_a_copy_of_the_nearest_place_gains_nothing_behind_the_range():
    """A Gaussian field with exponential covariance of length 1 (range 3): the mean misses by 1 (squared), a far copy by 2."""
    rng = np.random.default_rng(2)
    xy = rng.uniform(0, 12, (300, 2))
    distance = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    field = np.linalg.cholesky(np.exp(-distance) + 1e-9 * np.eye(300)) @ rng.normal(size=(300, 200))

    def miss(where):
        train, test = np.flatnonzero(where == TRAIN), np.flatnonzero(where == TEST)
        nearest = train[distance[np.ix_(test, train)].argmin(axis=1)]
        return ((field[test] - field[nearest]) ** 2).mean() / (field[test] ** 2).mean()

    assert miss(scattered(300, 0)) < 0.9 and miss(blocked(xy, 3.0)) > 1.7


def test_scattered_places_and_parts_of_time_have_their_shares():
    where = scattered(40, 0)
    assert [(where == k).sum() for k in (TRAIN, VALID, TEST)] == [24, 6, 10] and (where != scattered(40, 1)).any()
    when = parts_of_time(100, 6)
    assert (when[75:] == TEST).all() and (when[69:75] == BUFFER).all() and (when[54:69] == VALID).all() and (when[:48] == TRAIN).all()


def test_holes_are_staggered():
    holes = staggered(400, 8, 6)
    groups = [holes[:, k] for k in range(4)]
    assert all(group.any() for group in groups) and np.sum(groups, axis=0).max() == 1
    runs = np.diff(np.flatnonzero(np.diff(np.concatenate([[0], groups[0].astype(int), [0]]))))[::2]
    assert (runs == 6).all()


def test_coarser_sheets_hold_means_and_know_their_native_cells():
    values = np.arange(4 * 16, dtype=float).reshape(4, 16)
    sheet = sheet_of("a", panel_of(values), (4, 4))
    cells, steps = coarser_cells(sheet, 2), coarser_steps(sheet, 2)
    assert cells.panel.values[0, :, 0].tolist() == [2.5, 4.5, 10.5, 12.5] and cells.owner[[0, 1, 4, 5]].tolist() == [0, 0, 0, 0]
    assert steps.panel.values[1, 0, 0] == (32 + 48) / 2 and steps.first.tolist() == [0, 2] and steps.last.tolist() == [2, 4]
    mask = np.zeros((2, 4), bool)
    mask[1, 3] = True
    native = coarser_steps(cells, 2).native_mask(mask)
    assert native.sum() == 8 and native[2:, [10, 11, 14, 15]].all()


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("key", ["space-out", "time-in", "scale-out/cells / 2"])
def test_questions_ask_test_cells_and_hold_no_truth(key, task):
    split = MADE["smooth"][key]
    questions = questions_of(split, task)
    assert questions
    for one in questions:
        assert np.isnan(one.question.frame.values[one.question.asked]).all()
        assert np.isnan(one.question.frame.values[~one.question.seen]).all()
        rows = np.searchsorted(split.test.sheet.panel.times, one.question.frame.times)
        assert split.test.cells[rows][one.question.asked[..., 0]].all() and np.isfinite(one.truth).sum() > 3
        if task == "forecast":
            assert not one.question.seen[one.question.rows[0] :].any() and len(one.question.rows) == split.horizon


def _planted(split, series, steps=None):
    """The split with one more training set that holds `series` (t,)."""
    sheet = sheet_of("planted", panel_of(series))
    return replace(split, train=(*split.train, Part(sheet, np.ones((len(series), 1), bool))))


COPIES = {
    "superset": lambda x, rng: np.concatenate([rng.normal(size=50), x, rng.normal(size=50)]),
    "shifted": lambda x, rng: x[30:],
    "rescaled": lambda x, rng: 1.8 * x + 32,
    "resampled": lambda x, rng: x[: len(x) // 3 * 3].reshape(-1, 3).mean(axis=1),
    "noisy": lambda x, rng: x + 0.01 * x.std() * rng.normal(size=len(x)),
}


@pytest.mark.parametrize("how", COPIES)
def test_planted_copies_are_caught_and_named(how):
    split = MADE["noise"]["space-in"]
    place = int(np.flatnonzero(split.test.cells.any(axis=0))[1])
    x = split.test.sheet.panel.values[:, place, 0].astype(float)
    found = audit(_planted(split, COPIES[how](x, np.random.default_rng(3))))
    assert not found.passed and [copy.test for copy in found.copies] == [f"noise/{place}/v0"], str(found)
    assert all(copy.train.startswith("planted") for copy in found.copies)
    assert found.copies[0].factor == (1 if how != "resampled" else 3)


def test_a_shared_cell_is_counted():
    split = MADE["noise"]["time-out"]
    cells = split.train[0].cells.copy()
    cells[-1, 2] = True
    found = audit(replace(split, train=(Part(split.train[0].sheet, cells),)), series=False)
    assert found.shared["train and test"] == 1 and not found.passed and "1 shared cells" in str(found)


def test_hashes_tell_splits_apart_and_stay():
    again = splits(noise())
    assert all(again[key].mask_hash() == split.mask_hash() for key, split in MADE["noise"].items())
    assert len({split.mask_hash() for split in MADE["noise"].values()}) == len(MADE["noise"])
