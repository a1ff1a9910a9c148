"""Sketches: what a forecast, filled gaps or a detection look like, in a line of the terminal for each of a few places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chronotope.calls.result import Sketch

if TYPE_CHECKING:
    import numpy as np

    from chronotope.tasks.events.detection import EventDetection
    from chronotope.tasks.results.detection import Detection
    from chronotope.tasks.results.forecast import Forecast

BLOCKS = "▁▂▃▄▅▆▇█"
PAST, AHEAD, PLACES = 24, 24, 3  # steps and places that are drawn


def sketch_forecast(fc: Forecast) -> tuple[Sketch, ...]:
    """The last steps, a bar, the median ahead, and where it ends; of the places that change most. Nothing for several origins."""
    if "init_time" in fc.dataset.dims or "time" not in fc.dataset.dims or fc.history.kind not in ("grid", "graph"):
        return ()
    return _lines(fc, _line_ahead)


def sketch_backcast(made: Forecast) -> tuple[Sketch, ...]:
    """The median of the steps before, a bar, the first steps of the record, and where it began."""
    if "time" not in made.dataset.dims or made.history.kind not in ("grid", "graph"):
        return ()
    return _lines(made, _line_before)


def sketch_filled(filled: Forecast) -> tuple[Sketch, ...]:
    """The longest gaps with what is around them."""
    return _lines(filled, _line_filled) if filled.filled is not None and "time" in filled.dataset.dims else ()


def sketch_detection(found: Detection | EventDetection) -> tuple[Sketch, ...]:
    """Surprise over time, the largest of any place in each stretch."""
    import numpy as np

    scores = [found.dataset[f"{name}_score"].values for name in found.variables if f"{name}_score" in found.dataset]
    if not scores or found.dataset.sizes.get("time", 0) < 2:
        return ()
    axis = tuple(i for i, dim in enumerate(found.dataset[f"{found.variables[0]}_score"].dims) if dim != "time")
    top = np.nanmax([np.nan_to_num(score).max(axis=axis) if axis else np.nan_to_num(score) for score in scores], axis=0)
    parts = np.array_split(top, min(60, len(top)))
    first, last = (str(stamp)[:16].replace("T", " ") for stamp in found.dataset["time"].values[[0, -1]])
    return (Sketch(f"surprise  {spark(np.array([part.max() for part in parts]), low=0.0)}  {first} to {last}"),)


def spark(values: np.ndarray, low: float | None = None, high: float | None = None) -> str:
    """Numbers as a row of blocks; a missing one is a blank."""
    import numpy as np

    known = values[np.isfinite(values)]
    if not len(known):
        return " " * len(values)
    low, high = float(known.min()) if low is None else low, float(known.max()) if high is None else high
    size = (high - low) or 1.0
    level = [int(np.clip((value - low) / size * len(BLOCKS), 0, len(BLOCKS) - 1)) if np.isfinite(value) else -1 for value in values]
    return "".join(" " if k < 0 else BLOCKS[k] for k in level)


def _lines(fc: Forecast, line: Any) -> tuple[Sketch, ...]:
    """A line for each of the first variables at the places worth drawing."""
    lines = []
    for name in fc.variables[:PLACES]:
        made = line(fc, name)
        lines += made[: 1 if len(fc.variables) > 1 else PLACES]
    width = max((len(label) for label, _ in lines), default=0)
    return (Sketch("\n".join(f"{label:<{width}}  {drawn}" for label, drawn in lines)),) if lines else ()


def _line_ahead(fc: Forecast, name: str) -> list[tuple[str, str]]:
    import numpy as np

    past, low, middle, high, labels = _series(fc, name)
    last = np.array([column[np.isfinite(column)][-1] if np.isfinite(column).any() else np.nan for column in past.T])
    spread = np.nanstd(np.where(np.isfinite(past).any(axis=0), past, 0.0), axis=0) + 1e-12
    order = np.argsort(-np.nan_to_num(np.abs(middle[-1] - last) / spread), kind="stable")
    unit, lines = fc.dataset[name].attrs.get("units", ""), []
    for i in order:
        if not np.isfinite(middle[-1, i]):
            continue
        both = np.concatenate([past[-PAST:, i], middle[:AHEAD, i]])
        known = both[np.isfinite(both)]
        drawn = [spark(part, known.min(), known.max()) for part in (past[-PAST:, i], middle[:AHEAD, i])]
        ends = f"{last[i]:.4g} → {middle[-1, i]:.4g} ({low[-1, i]:.4g} to {high[-1, i]:.4g}) {unit}".rstrip()
        lines.append((f"{name} {labels[i]}".strip(), f"{drawn[0]}│{drawn[1]}  {ends}"))
        if len(lines) == PLACES:
            break
    return lines


def _line_before(made: Forecast, name: str) -> list[tuple[str, str]]:
    import numpy as np

    _, low, middle, high, labels = _series(made, name)
    record = _flat(made.history.dataset[name], made)[:PAST].astype(float)
    unit, lines = made.dataset[name].attrs.get("units", ""), []
    for i in np.flatnonzero(np.isfinite(middle[0]))[:PLACES]:
        both = np.concatenate([middle[-AHEAD:, i], record[:, i]])
        known = both[np.isfinite(both)]
        drawn = [spark(part, known.min(), known.max()) for part in (middle[-AHEAD:, i], record[:, i])]
        ends = f"{middle[0, i]:.4g} ({low[0, i]:.4g} to {high[0, i]:.4g}) {unit}".rstrip()
        lines.append((f"{name} {labels[i]}".strip(), f"{drawn[0]}│{drawn[1]}  from {ends}"))
    return lines


def _line_filled(fc: Forecast, name: str) -> list[tuple[str, str]]:
    import numpy as np

    _, _, middle, _, labels = _series(fc, name)
    assert fc.filled is not None
    marks = _flat(fc.filled[name], fc)
    lines = []
    for i in np.argsort(-marks.sum(axis=0), kind="stable")[:PLACES]:
        rows = np.flatnonzero(marks[:, i])
        if not len(rows):
            break
        part = slice(max(0, rows[0] - 12), max(0, rows[0] - 12) + 48)
        drawn = "".join(f"({block})" if mark else block for block, mark in zip(spark(middle[part, i]), marks[part, i])).replace(")(", "")
        lines.append((f"{name} {labels[i]}".strip(), f"{drawn}  {len(rows)} filled"))
    return lines


def _series(fc: Forecast, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, list[str]]:
    """The past (t, n) up to the answer, low, middle and high (h, n), and names of the places."""
    import numpy as np

    from chronotope.data.folding import place_names

    levels = np.array(fc.levels)
    at = [int(np.argmin(np.abs(levels - level))) for level in (0.1, 0.5, 0.9)]
    low, middle, high = (_flat(fc.dataset[name].isel(quantile=k), fc) for k in at)
    history = fc.history.dataset[name]
    before = history["time"].values < fc.dataset["time"].values[0]
    past = _flat(history.isel(time=before), fc)[-200:] if fc.filled is None and before.any() else middle
    space = [dim for dim in fc.history.space if dim in fc.dataset.dims]
    labels = [str(one) for one in place_names(fc.dataset, tuple(space))] if space else [""]
    return past, low, middle, high, labels if len(labels) == middle.shape[1] else [str(i) for i in range(middle.shape[1])]


def _flat(array: Any, fc: Forecast) -> np.ndarray:
    """(t, n) of an array over time and place; further dims by their first entry."""
    space = [dim for dim in fc.history.space if dim in array.dims]
    further = {dim: 0 for dim in array.dims if dim not in ("time", *space)}
    values = array.isel(further).transpose("time", *space).values
    return values.reshape(len(values), -1)
