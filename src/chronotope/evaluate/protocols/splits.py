"""Splits: what may be learnt from and what is asked, along four axes, each inside and outside the distribution - eight cells.

| axis | in distribution | out of distribution |
|---|---|---|
| domain | other places of the set itself, at the same times | the same questions; only sets of other domains may be learnt from |
| space | places scattered among those that may be learnt from | a region, behind a buffer, after what may be learnt from |
| time | short holes, staggered over the places | the last quarter, after a gap |
| scale | other places at the scale that is learnt from | cells of half and twice the size, steps of half and twice the length, later |

Everything that is asked out of distribution lies after everything of its set that may be learnt from: otherwise a signal that a whole
region shares would tell the answer. Validation has places and times of its own (3 x 3 parts of space and time), so that early stopping
never sees a test place or a test time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from chronotope.errors import DataError
from chronotope.evaluate.sets.sheet import Sheet, coarser_cells, coarser_steps

AXES = ("domain", "space", "time", "scale")
MODES = ("in", "out")
TRAIN, VALID, TEST, BUFFER = 0, 1, 2, -1
FEWEST = 6  # places that can be split
VALID_SHARE, TEST_SHARE = 0.15, 0.25  # of all places or steps


@dataclass(frozen=True)
class Part:
    """Cells of a sheet: bool (t, n)."""

    sheet: Sheet
    cells: np.ndarray


@dataclass(frozen=True)
class Split:
    """One cell of the card for one set.

    Attributes:
        set, axis, mode: which; `variant` where a cell has several ("cells x 2").
        train: what may be learnt from.
        valid: for early stopping.
        test: the cells that are asked.
        horizon: steps of a question.
        buffer: width of the space between training and test places, in units of the coordinates; 0 without.
    """

    set: str
    axis: str
    mode: str
    train: tuple[Part, ...]
    valid: tuple[Part, ...]
    test: Part
    horizon: int
    variant: str = ""
    buffer: float = 0.0

    @property
    def name(self) -> str:
        """set/axis-mode[/variant]."""
        return f"{self.set}/{self.axis}-{self.mode}" + (f"/{self.variant}" if self.variant else "")

    def mask_hash(self) -> str:
        """Hash of who is in which part."""
        digest = hashlib.blake2b(repr((self.name, self.horizon)).encode(), digest_size=8)
        for role, parts in (("train", self.train), ("valid", self.valid), ("test", (self.test,))):
            for part in parts:
                digest.update(f"{role}:{part.sheet.name}:{part.cells.shape}".encode())
                digest.update(np.packbits(part.cells).tobytes())
        return digest.hexdigest()


def splits_of(sheet: Sheet, domain: str, horizon: int, others: Mapping[str, Sequence[Sheet]], seed: int = 0) -> Iterator[Split]:
    """The splits of a set; an axis that the set has not (places, cells) is left out.

    Args:
        sheet: the set at its native scale.
        domain: of the set.
        horizon: steps of a question.
        others: sheets of other sets by domain, for the domain axis.
        seed: of the scattered places.
    """
    yield from _domain(sheet, domain, horizon, others, seed)
    yield from _space(sheet, horizon, seed)
    yield from _time(sheet, horizon)
    yield from _scale(sheet, horizon, seed)


def scattered(places: int, seed: int) -> np.ndarray:
    """Labels (n,) of places drawn at random: `VALID` and `TEST` with their shares, the others `TRAIN`."""
    order = np.random.default_rng([seed, places]).permutation(places)
    test, valid = max(1, round(TEST_SHARE * places)), max(1, round(VALID_SHARE * places))
    out = np.full(places, TRAIN)
    out[order[:test]], out[order[test : test + valid]] = TEST, VALID
    return out


def blocked(xy: np.ndarray, buffer: float) -> np.ndarray:
    """Labels (n,) of a region at one end of the longest direction: test, then a buffer, then validation, the rest to learn from.

    Args:
        xy: positions (n, 2).
        buffer: no training or validation place is nearer to a test place; no training place to a validation place.

    Raises:
        DataError: fewer than two places are left to learn from.
    """
    from scipy.spatial import cKDTree

    centred = xy - xy.mean(axis=0)
    along = centred @ np.linalg.svd(centred, full_matrices=False)[2][0]
    along = along if abs(along.max()) >= abs(along.min()) else -along
    order = np.argsort(-along, kind="stable")
    out = np.full(len(xy), TRAIN)
    out[order[: max(1, round(TEST_SHARE * len(xy)))]] = TEST

    def near(label: int) -> np.ndarray:
        return cKDTree(xy[out == label]).query(xy)[0] < buffer

    out[near(TEST) & (out == TRAIN)] = BUFFER
    left = order[out[order] == TRAIN]
    out[left[: max(1, round(VALID_SHARE * len(xy)))]] = VALID
    out[near(VALID) & (out == TRAIN)] = BUFFER
    if (out == TRAIN).sum() < 2:
        raise DataError(f"A blocked split must leave two places to learn from; a buffer of {buffer:.4g} leaves {(out == TRAIN).sum()}.")
    return out


def parts_of_time(steps: int, gap: int) -> np.ndarray:
    """Labels (t,): the first steps to learn from, then validation, then test, with `gap` steps between them that belong to none."""
    test = steps - round(TEST_SHARE * steps)
    valid = test - gap - round(VALID_SHARE * steps)
    out = np.full(steps, BUFFER)
    out[: max(valid - gap, 1)], out[valid : test - gap], out[test:] = TRAIN, VALID, TEST
    return out


def staggered(steps: int, places: int, horizon: int, groups: int = 4) -> np.ndarray:
    """Cells (t, n) of holes of `horizon` steps; groups of places have theirs at different times, and never two groups at once."""
    out = np.zeros((steps, places), bool)
    groups = min(groups, places)
    period = 4 * horizon * groups
    for group in range(groups):
        for start in range(steps // 4 + 4 * horizon * group, steps - 2 * horizon, period):
            out[start : start + horizon, group::groups] = True
    return out


def variogram_range(sheet: Sheet) -> float:
    """The distance at which places are 95 % as unlike as they get."""
    from chronotope.evidence.variogram import fit_variogram

    assert sheet.panel.xy is not None
    values = sheet.panel.values[..., 0].astype(float)
    spread = np.nanstd(values - np.nanmean(values, axis=0))
    return float((3.0 if (fit := fit_variogram(values / (spread or 1.0), sheet.panel.xy)).shape == "exponential" else 2.74) * fit.length)


def _cross(sheet: Sheet, places: np.ndarray, steps: np.ndarray, label: int) -> Part:
    return Part(sheet, (steps == label)[:, None] & (places == label)[None])


def _whole(sheet: Sheet, places: np.ndarray, label: int) -> Part:
    return Part(sheet, np.broadcast_to(places == label, sheet.panel.values.shape[:2]).copy())


def _domain(sheet: Sheet, domain: str, horizon: int, others: Mapping[str, Sequence[Sheet]], seed: int) -> Iterator[Split]:
    places = sheet.panel.values.shape[1]
    foreign = [one for name, sheets in others.items() if name != domain for one in sheets]
    if places < FEWEST or not foreign:
        return
    where = scattered(places, seed + 1)
    mine = [_whole(sheet, where, label) for label in (TRAIN, VALID, TEST)]
    everything = [Part(one, np.ones(one.panel.values.shape[:2], bool)) for one in foreign]
    kept = 1 if len(everything) > 1 else 0  # one foreign set for early stopping
    learnt = tuple(everything[kept:])
    yield Split(sheet.name, "domain", "in", (mine[0], *learnt), (mine[1],), mine[2], horizon)
    yield Split(sheet.name, "domain", "out", learnt, tuple(everything[:kept]), mine[2], horizon)


def _space(sheet: Sheet, horizon: int, seed: int) -> Iterator[Split]:
    t, n, _ = sheet.panel.values.shape
    if sheet.panel.xy is None or sheet.moving or n < 2 * FEWEST:
        return
    where = scattered(n, seed)
    mine = [_whole(sheet, where, label) for label in (TRAIN, VALID, TEST)]
    yield Split(sheet.name, "space", "in", (mine[0],), (mine[1],), mine[2], horizon)
    xy, when = sheet.panel.xy, parts_of_time(t, horizon)
    full = variogram_range(sheet)
    for buffer in (full, full / 2, full / 4, full / 8, 0.0):  # the widest that leaves places to learn from
        try:
            where = blocked(xy, buffer)
        except DataError:
            continue
        train, valid, test = (_cross(sheet, where, when, k) for k in (TRAIN, VALID, TEST))
        yield Split(sheet.name, "space", "out", (train,), (valid,), test, horizon, buffer=buffer)
        return


def _time(sheet: Sheet, horizon: int) -> Iterator[Split]:
    t, n, _ = sheet.panel.values.shape
    holes = staggered(t, n, horizon)
    valid = np.zeros_like(holes)
    valid[: t // 5] = staggered(t // 5 + 2 * horizon, n, horizon)[: t // 5]
    yield Split(sheet.name, "time", "in", (Part(sheet, ~holes & ~valid),), (Part(sheet, valid),), Part(sheet, holes), horizon)
    when = parts_of_time(t, horizon)
    train, valid_part, test = (Part(sheet, np.broadcast_to((when == k)[:, None], (t, n)).copy()) for k in (TRAIN, VALID, TEST))
    yield Split(sheet.name, "time", "out", (train,), (valid_part,), test, horizon)


def _scale(sheet: Sheet, horizon: int, seed: int) -> Iterator[Split]:
    """Learnt at twice the native step and, on rasters, twice the cells; asked there, and at half and twice of either."""
    raster = sheet.shape is not None and not sheet.moving
    middle = coarser_steps(coarser_cells(sheet, 2) if raster else sheet, 2)
    n = middle.panel.values.shape[1]
    if n < FEWEST or len(middle.first) < 8 * horizon:
        return
    where = scattered(n, seed + 2)
    mine = [_whole(middle, where, label) for label in (TRAIN, VALID, TEST)]
    yield Split(sheet.name, "scale", "in", (mine[0],), (mine[1],), mine[2], horizon)
    when = parts_of_time(len(middle.first), horizon)
    train, valid = (_cross(middle, where, when, k) for k in (TRAIN, VALID))
    begins = middle.first[np.flatnonzero(when == TEST)[0]]
    for variant, made in _scales(sheet, raster):
        if made.panel.values.shape[1] < 2 or len(made.first) < 6 * horizon:
            continue
        test = np.zeros(made.panel.values.shape[1], bool)
        test[_inside(made.owner, middle.owner, where == TEST)] = True
        cells = (made.first >= begins)[:, None] & test[None]
        if cells.any():
            yield Split(sheet.name, "scale", "out", (train,), (valid,), Part(made, cells), horizon, variant)


def _scales(sheet: Sheet, raster: bool) -> Iterator[tuple[str, Sheet]]:
    wide = coarser_cells(sheet, 2) if raster else sheet
    yield "step / 2", wide
    yield "step x 2", coarser_steps(wide, 4)
    if raster:
        yield "cells / 2", coarser_steps(sheet, 2)
        yield "cells x 2", coarser_steps(coarser_cells(sheet, 4), 2)


def _inside(owner: np.ndarray, middle: np.ndarray, test: np.ndarray) -> np.ndarray:
    """Places at another scale whose native places lie in test places of the middle scale alone (or mostly, for larger cells)."""
    held = (owner >= 0) & (middle >= 0)
    total = np.bincount(owner[held], minlength=owner.max() + 1)
    inside = np.bincount(owner[held], weights=test[middle[held]].astype(float), minlength=owner.max() + 1)
    full = np.flatnonzero((total > 0) & (inside == total))
    if len(full):
        return full
    return np.argsort(-inside / np.maximum(total, 1), kind="stable")[:1]
