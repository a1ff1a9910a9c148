"""Windows: what `context` means where both sides of a step are read - so many steps before it and after it, and no more."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np


def windows(asked: np.ndarray, context: int | None) -> Iterator[tuple[slice, slice]]:
    """(rows that are answered, rows that are read) for all rows in which something is asked.

    Asked rows are answered together as far as they lie within `context` rows; read are they and `context` rows to each side, so that no
    cell reads further than twice the context. Without a context everything is read at once.

    Args:
        asked: bool (t,), rows in which something is asked.
        context: rows, or None for all.
    """
    rows = np.flatnonzero(asked)
    if not len(rows):
        return
    if context is None:
        yield slice(int(rows[0]), int(rows[-1]) + 1), slice(0, len(asked))
        return
    start = previous = int(rows[0])
    for row in map(int, [*rows[1:], rows[-1] + context]):  # the last one closes the last window
        if row - start >= context:
            yield slice(start, previous + 1), slice(max(start - context, 0), min(previous + 1 + context, len(asked)))
            start = row
        previous = row
