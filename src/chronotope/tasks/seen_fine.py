"""Steps that are known on the fine grid, beside a coarse field: what downscaling may learn from."""

from __future__ import annotations

import numpy as np

from chronotope.data.field import Field
from chronotope.errors import ArgumentError, DataError
from chronotope.evidence.fine.blocks import Factor


def seen_fine(like: Field, field: Field, names: tuple[str, ...], sides: Factor) -> tuple[np.ndarray, np.ndarray]:
    """(times (s,), values (s, n, v)) of the steps of `like` that `field` has not, n its fine cells row by row.

    Raises:
        ArgumentError: `like` is no fine field of the same variables and the same cells.
        DataError: it holds no step besides those that are asked.
    """
    if not isinstance(like, Field):
        raise ArgumentError(f"like= must be a field on the finer grid, as chronotope.open returns it; found {type(like).__name__}.")
    missing = [name for name in names if name not in like.variables]
    if missing:
        held = ", ".join(like.variables)
        raise ArgumentError(f"like= must hold the variables that are asked; {missing[0]!r} is not among {held}. Name others in target=.")
    want = {dim: field.dataset.sizes[dim] * side for dim, side in zip(field.space, sides)}
    have = {dim: like.dataset.sizes.get(dim) for dim in field.space}
    if have != want:
        text = " and ".join(f"{size} along {dim}" for dim, size in want.items())
        raise ArgumentError(f"like= must have the cells of the finer grid, {text}; found {have}. Cut or regrid it first.")
    panel = like.panel(names, exact=True)
    widths = field.panel(names).variables
    if len(panel.variables) != len(widths):
        raise ArgumentError(f"like= must have the levels and members of the field, {len(widths)} in all; found {len(panel.variables)}.")
    new = np.flatnonzero(panel.mask.any(axis=(1, 2)) & ~np.isin(panel.times, field.times))
    if not len(new):
        raise DataError("like= must hold steps that the field has not, from which to learn; found none. Give an earlier period.")
    return panel.times[new], panel.values[new].astype(float)
