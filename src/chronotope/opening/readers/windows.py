"""Windows of a prepared benchmark, (sample, step, sensor, channel), laid back into the series they were cut from."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd

from chronotope.errors import DataError
from chronotope.inspect.finding import Finding
from chronotope.opening.asked.options import OpenOptions

_INPUT = re.compile(r"(train|val|test|history|his)?_?(x|inputs?|data)(_train|_val|_test)?", re.IGNORECASE)
_BESIDE = re.compile(r"(train|val|test)?_?(y|targets?|labels?)(_train|_val|_test)?|[xy]_offsets?", re.IGNORECASE)
_DAY = 86400


def window_key(arrays: dict[str, np.ndarray], key: str) -> bool:
    """True if the array is one of windows: called as an input, with offsets or a target of as many samples beside it, or of four axes
    of which every sample goes on from the one before."""
    values = arrays[key]
    if values.ndim == 4 and values.dtype.kind == "f" and len(values) > 2 < values.shape[1]:
        first = values[:100]
        if (first != first[:1, :1]).any() and _stride(first, np.arange(values.shape[1])) == 1:
            return True
    if values.ndim not in (3, 4) or not _INPUT.fullmatch(key):
        return False
    offsets = next((part for name, part in arrays.items() if name.lower() in ("x_offsets", "x_offset")), None)
    if offsets is not None and offsets.size == values.shape[1]:
        return True
    beside = [part for name, part in arrays.items() if name != key and _BESIDE.fullmatch(name)]
    return any(part.ndim >= 3 and part.shape[0] == values.shape[0] for part in beside)


def series(
    arrays: dict[str, np.ndarray], key: str, options: OpenOptions, source: str
) -> tuple[dict[str, np.ndarray], OpenOptions, list[Finding]]:
    """(arrays with the series as `values`, options, findings); the windows must overlap without a difference.

    Raises:
        DataError: they do not go on from one another (shuffled, or cut from several stretches).
    """
    windows, offsets = arrays[key], _offsets(arrays, key)
    stride, tail = _stride(windows, offsets), _after(arrays, key, offsets, windows.shape)
    if stride is None and tail is not None:  # inputs that do not overlap go on by way of their targets
        windows, tail = np.concatenate([windows, tail], axis=1), None
        offsets = offsets[0] + np.arange(windows.shape[1])
        stride = _stride(windows, offsets)
    if stride is None and windows is arrays[key]:
        last = {name: np.moveaxis(part, -1, 1) if part.ndim > 2 else part for name, part in arrays.items()}
        if _stride(last[key], np.arange(last[key].shape[1])) is not None:
            return series(last, key, options, source)
    if stride is None:
        raise DataError(
            f"Windows of a prepared benchmark must follow one another; those of {key!r} in {source}, shape {arrays[key].shape}, do not "
            "overlap, as they are shuffled or cut from several stretches. Open the series that they were cut from, for example "
            "metr-la.h5, pems-bay.h5 or the .npz with 'data'."
        )
    values = _laid(windows, offsets, stride)
    tail = tail if tail is not None and _agrees(values, tail, offsets) else None
    values = values if tail is None else np.concatenate([values, tail[-1]])
    text = f"{len(windows)} windows of {len(offsets)} steps in {key!r} laid back into a series of {len(values)} steps; they overlap exactly"
    text += f", and the last {tail.shape[1]} steps are the targets of the last one" if tail is not None else ""
    found = [Finding("inferred", text), *_left_aside(arrays, key)]
    kept = {name: part for name, part in arrays.items() if part.ndim < 3 and not _BESIDE.fullmatch(name)}
    kept, options, more = _with_clock({**kept, "values": values}, options)
    return kept, options, [*found, *more]


def _left_aside(arrays: dict[str, np.ndarray], key: str) -> list[Finding]:
    """A warning of windows that belong to other parts of the benchmark."""
    own = [name for name in arrays if _BESIDE.fullmatch(name) and _group(name) == _group(key)]
    others = [name for name, part in arrays.items() if part.ndim >= 3 and name not in (key, *own)]
    return [Finding("warning", f"left aside, other windows in the file: {', '.join(others)}; name one with target=")] if others else []


def _group(name: str) -> str:
    mark = re.search(r"train|val|test", name.lower())
    return mark.group() if mark else ""


def _offsets(arrays: dict[str, np.ndarray], key: str) -> np.ndarray:
    """Steps of a window from its origin."""
    given = next((part for name, part in arrays.items() if name.lower() in ("x_offsets", "x_offset")), None)
    count = arrays[key].shape[1]
    return np.ravel(given).astype(int) if given is not None and given.size == count else np.arange(count)


def _stride(windows: np.ndarray, offsets: np.ndarray) -> int | None:
    """Steps from one window to the next, by the smallest shift at which every window agrees with the next; None where there is none."""
    if len(windows) == 1:
        return 1
    for stride in range(1, int(offsets.max() - offsets.min()) + 1):
        lag, here, there = _shared(offsets, stride, len(windows))
        if lag and all(_same(windows[:-lag, i], windows[lag:, j]) for i, j in zip(here, there, strict=True)):
            return stride
    return None


def _shared(offsets: np.ndarray, stride: int, count: int) -> tuple[int, np.ndarray, np.ndarray]:
    """(how many windows later the same steps are seen again, 0 for never; positions of these steps in the one and in the other)."""
    for lag in range(1, min(count - 1, len(offsets)) + 1):
        _, here, there = np.intersect1d(offsets, offsets + lag * stride, return_indices=True)
        if len(here):
            return lag, here, there
    return 0, np.empty(0, int), np.empty(0, int)


def _same(one: np.ndarray, other: np.ndarray) -> bool:
    return bool(np.array_equal(one[:1], other[:1], equal_nan=True) and np.array_equal(one, other, equal_nan=True))


def _laid(windows: np.ndarray, offsets: np.ndarray, stride: int) -> np.ndarray:
    """The series (t, sensor[, channel]); steps that no window holds are NaN."""
    first = offsets - offsets.min()
    out = np.full(((len(windows) - 1) * stride + first.max() + 1, *windows.shape[2:]), np.nan, np.result_type(windows.dtype, np.float32))
    for j, offset in enumerate(first):
        out[np.arange(len(windows)) * stride + offset] = windows[:, j]
    return out


def _after(arrays: dict[str, np.ndarray], key: str, offsets: np.ndarray, shape: tuple[int, ...]) -> np.ndarray | None:
    """Targets that go on where the inputs end, with the same sensors and channels; else None."""
    names = [name for name in arrays if _BESIDE.fullmatch(name) and arrays[name].ndim == len(shape) and _group(name) == _group(key)]
    targets = arrays[names[0]] if names else None
    if targets is None or targets.shape[0] != shape[0] or targets.shape[2:] != shape[2:]:
        return None
    given = next((np.ravel(part) for name, part in arrays.items() if name.lower() in ("y_offsets", "y_offset")), None)
    steps = np.arange(targets.shape[1]) + offsets.max() + 1 if given is None else given
    return targets if np.array_equal(steps, np.arange(targets.shape[1]) + offsets.max() + 1) and (np.diff(offsets) == 1).all() else None


def _agrees(values: np.ndarray, targets: np.ndarray, offsets: np.ndarray) -> bool:
    """True if the first targets are what the series holds there, so that both are on one scale."""
    end = int(offsets.max() - offsets.min()) + 1
    known = min(targets.shape[1], len(values) - end)
    return known > 0 and _same(values[end : end + known], targets[0, :known])


def _with_clock(arrays: dict[str, np.ndarray], options: OpenOptions) -> tuple[dict[str, np.ndarray], OpenOptions, list[Finding]]:
    """A channel that counts through the day alike at all sensors is named so, and gives the step where none is given."""
    values = arrays["values"]
    if values.ndim != 3 or values.shape[2] < 2 or "variable" in arrays:
        return arrays, options, []
    clocks = [c for c in range(values.shape[2]) if _is_time_of_day(values[:, :, c])]
    if not clocks or len(clocks) == values.shape[2]:
        return arrays, options, []
    rest = [c for c in range(values.shape[2]) if c not in clocks]
    names = ["value" if len(rest) == 1 else f"value_{c}" for c in range(values.shape[2])]
    names = ["time_of_day" if c == clocks[0] else name for c, name in enumerate(names)]
    length = round(float(np.median(np.mod(np.diff(values[:, 0, clocks[0]]), 1))) * _DAY)
    step = options.step or pd.tseries.frequencies.to_offset(pd.Timedelta(seconds=length)).freqstr
    found = [Finding("inferred", f"channel {clocks[0]} is the time of day, in steps of {step}")]
    return {**arrays, "variable": np.array(names)}, replace(options, step=step), found


def _is_time_of_day(channel: np.ndarray) -> bool:
    """Shares of the day, the same at all sensors, in even steps."""
    first = channel[:, 0].astype(float)
    if len(first) < 3 or not (channel == channel[:, :1]).all() or not (0 <= first.min() and first.max() < 1):
        return False
    steps = np.mod(np.diff(first), 1)
    return bool(0 < steps[0] < 0.5 and np.allclose(steps, np.median(steps), atol=1e-5))
