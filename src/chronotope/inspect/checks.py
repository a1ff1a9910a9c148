"""What looks wrong in the values of a Field: undeclared missing codes, zeros that may be gaps, series that stand still."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from chronotope.errors import listed
from chronotope.inspect.called import called
from chronotope.inspect.ended import ended
from chronotope.inspect.finding import Finding
from chronotope.inspect.late import late_steps
from chronotope.inspect.look import neighbour_pairs
from chronotope.inspect.restarts import restarts, rises
from chronotope.inspect.runs import run_lengths
from chronotope.inspect.spikes import leaps
from chronotope.inspect.subject import Subject
from chronotope.inspect.support import is_direction, share_ends_at, support_of
from chronotope.inspect.totals import may_be_total, running_totals, starts_anew

WALL_ROWS, WALL_PLACES = 5_000, 500  # looked at for walls
SAMPLE = 2_000_000  # values looked at; a larger field is looked at in blocks spread over time
MANY = 3  # findings alike that are said at once
_NAMED = re.compile(r"('(?:[^'])*')")
_CODES = (-1.0, -9.0, -99.0, -999.0, -9999.0, -99999.0, -32768.0, 9999.0, 99999.0, 65535.0, -99.99, -999.9, 1e20)


def value_findings(field: Subject) -> tuple[float, list[Finding]]:
    """(share of missing values, warnings) from a sample of the values; the field is not changed."""
    warnings: list[Finding] = []
    missing, total = 0, 0
    for name in field.variables:
        block = sample_values(field, name)
        if not block.size:
            continue
        endless = int(np.isinf(block).sum())
        if endless:
            warnings.append(Finding("warning", f"{name!r} is infinite {endless} times; a panel takes these for missing"))
        missing, total = missing + int((~np.isfinite(block)).sum()), total + block.size
        fixed = field.kind in ("grid", "graph")
        nature = nature_findings(field, name, block) if fixed else []
        rests = any("taken for a running total" in one.text for one in nature)  # as a total does while nothing is gained
        checks = (_codes, _zeros, _absent, _silent, *(() if rests else (_still,))) if fixed else (_codes,)
        warnings += [Finding("warning", text) for text in (check(name, block) for check in checks) if text]
        if fixed:
            warnings += nature + _late(field, name) + _leaps(field, name, block) + _ended(field, name, block)
    return missing / max(total, 1), _together(warnings)


def _together(findings: list[Finding]) -> list[Finding]:
    """Findings of many variables that differ in names and numbers only as one: the first, and of whom else it holds."""
    alike: dict[tuple[str, str], list[Finding]] = {}
    for one in findings:
        alike.setdefault((one.level, re.sub(r"[-\d.]+%?", "", _NAMED.sub("", one.text))), []).append(one)
    out = []
    for several in alike.values():
        named = [match[1] for one in several if (match := _NAMED.match(one.text))]
        if len(several) < MANY or len(named) < len(several):
            out += several
            continue
        more = listed(named[1:], 3)
        out.append(replace(several[0], text=f"{several[0].text} (likewise {len(named) - 1} more: {more})"))
    return out


def _late(field: Subject, name: str) -> list[Finding]:
    """Counts whose last steps are short, as where reports come late."""
    array = field.dataset[name]
    if array.dims[:1] != ("time",) and "time" not in array.dims or array.dtype.kind not in "fiu" or array.size > SAMPLE:
        return []
    values = np.asarray(array.transpose("time", ...).values, float).reshape(array.sizes["time"], -1)
    known = values[np.isfinite(values)]
    if not len(known) or known.min() < 0 or (known != np.rint(known)).any() or known.max() < 2:
        return []
    steps, share = late_steps(np.where(np.isfinite(values).any(axis=1), np.nansum(values, axis=1), np.nan))
    if not steps:
        return []
    told = f"the last {steps} steps of {name!r} are" if steps > 1 else f"the last step of {name!r} is"
    return [Finding("warning", f"{told} short ({share:.0%} of the usual in the last); if reports come late, an earlier at= is safer")]


def _ended(field: Subject, name: str, block: np.ndarray) -> list[Finding]:
    """Places without a value for long while others go on."""
    array = field.dataset[name]
    if field.space != ("place",) or array.dims != ("time", "place") or len(block) != array.sizes["time"]:
        return []
    quiet = ended(block)
    where = np.flatnonzero(quiet)
    if not len(where):
        return []
    names = listed(array["place"].values[where], 5, lambda label: repr(str(label)))
    text = f"{name!r} has no value in the last {quiet[where].min()} steps or more at {len(where)} of {len(quiet)} places ({names})"
    return [Finding("warning", f"{text}; forecasts take them as if they went on")]


def _leaps(field: Subject, name: str, block: np.ndarray) -> list[Finding]:
    """Values before a restart, or that leap away once, which forecasts do not read."""
    array = field.dataset[name]
    if len(block) != len(field.times) or block.size != array.size:
        return []
    frame = field.frame
    laid = _on_frame(field, block)
    for since, how, read in (
        (restarts(laid, frame.times), "falls to a hundredth or less of", "forecasts read only what came since"),
        (rises(laid, frame.times), "rises to many times", "if it is, bring all to one unit first"),
    ):
        if len(where := np.flatnonzero(since)):
            when = str(field.local_times[np.searchsorted(frame.rows, since[where[0]])])[:16]
            many = "" if len(where) == 1 else f" at {len(where)} places"
            return [Finding("warning", f"{name!r} {how} what it was{many}, first at {when}, as in another unit: {read}")]
    rows, places = np.nonzero(leaps(laid, frame.times, lambda: neighbour_pairs(field.panel()))[frame.rows])
    if not len(rows):
        return []
    often = "once" if len(rows) == 1 else f"{len(rows)} times"
    first = f"the first at {str(field.local_times[rows[0]])[:16]}, {block[rows[0], places[0]]:g}"
    text = f"{name!r} leaps away and back {often}, {first}: forecasts read these values as missing; clean(field, ['spike']) lists them"
    return [Finding("inferred", text)]


def nature_findings(field: Subject, name: str, block: np.ndarray) -> list[Finding]:
    """What a variable is taken for where answers depend on it: a running total, a share of something, a direction."""
    known = block[np.isfinite(block)]
    array = field.dataset[name]
    if not len(known) or "time" not in array.dims:
        return []
    told, unit = array.attrs.get("running_total"), str(array.attrs.get("units", ""))
    low, high = float(known.min()), float(known.max())
    seconds = _clock_seconds(field) if told is None and may_be_total(name, unit, high) else 0.0
    laid = _on_frame(field, block)
    if seconds and 0 < (starts := starts_anew(laid, seconds)) < SELDOM and len(laid) * seconds > starts * LONG:
        text = f"{name!r} counts up and started anew {starts} times: answers over such a start are too high"
        return [Finding("warning", f"{text}; forecast its gains from row to row")]
    if seconds and running_totals(block[:, :, None], seconds)[0]:
        seldom = "hardly ever falls" if (block[1:] < np.fmax.accumulate(block)[:-1]).any() else "never falls"
        text = f"{name!r} {seldom}: taken for a running total, whose gains are forecast; if it may fall, give cumulative='none'"
        return [Finding("warning", text)]
    words = called(array)
    if is_direction(words, unit, low, high):
        return [Finding("inferred", f"{name!r} taken for a direction in degrees: 360 is 0, and intervals run clockwise")]
    end = share_ends_at(words, unit, low, high)
    if end is not None:
        return [Finding("inferred", f"{name!r} taken for a share of something: answers stay within 0 and {end:g}")]
    return _walls(name, words, unit, block)


def _on_frame(field: Subject, block: np.ndarray) -> np.ndarray:
    """Values (t, rest) at their rows of the field's clock, NaN between them; as they are where not all are there."""
    frame = field.frame
    if len(block) != len(frame.rows):
        return block
    laid = np.full((len(frame.times), block.shape[1]), np.nan)
    laid[frame.rows] = block
    return laid


def _walls(name: str, words: str, unit: str, block: np.ndarray) -> list[Finding]:
    """Values at which a variable piles up, so that answers stop there."""
    part = block[-WALL_ROWS:, :WALL_PLACES, None]
    support = support_of(np.where(np.isfinite(part), part, np.nan), (words,), (unit,))
    found = []
    for side, bounds in (("above", support.upper[:, 0]), ("below", support.lower[:, 0])):
        walls = bounds[np.isfinite(bounds) & (bounds != 0)]
        if len(walls):
            text = f"{walls[0]:g}" if np.ptp(walls) == 0 else f"{walls.min():g} to {walls.max():g}"
            found.append(Finding("inferred", f"{name!r} piles up at {text} at {len(walls)} places: answers do not go {side} it there"))
    return found


def _clock_seconds(field: Subject) -> float:
    """Seconds of a step of the field's clock; 0 where stamps follow none."""
    frame = field.frame
    return float(np.median(np.diff(frame.times)) / np.timedelta64(1, "s")) if frame.regular and len(frame.times) > 1 else 0.0


def sample_values(field: Subject, name: str) -> np.ndarray:
    """Values (t, rest) as float64, in at most 8 blocks of steps when the field is large."""
    array = field.dataset[name]
    if "time" not in array.dims:
        return array.values.reshape(array.sizes.get("event", -1), -1).astype(float)
    per_step = max(array.size // max(array.sizes["time"], 1), 1)
    steps = array.sizes["time"]
    take = max(SAMPLE // per_step, 8)
    if take < steps:
        starts = np.linspace(0, steps - take // 8, 8).astype(int)
        array = array.isel(time=np.unique(np.concatenate([np.arange(s, s + max(take // 8, 1)) for s in starts])))
    return array.transpose("time", ...).values.astype(float).reshape(array.sizes["time"], -1)


def _codes(name: str, block: np.ndarray) -> str | None:
    """A usual missing code that stands far outside the other values."""
    known = block[np.isfinite(block)]
    if not len(known):
        return f"{name!r} holds no values at all"
    extremes = {float(known.min()), float(known.max())}
    for code in _CODES:
        if not any(np.isclose(code, extreme, rtol=1e-6) for extreme in extremes):
            continue
        at_code = np.isclose(known, code, rtol=1e-6)
        rest = known[~at_code]
        share = float(at_code.mean())
        if not len(rest) or share < 1e-4 and at_code.sum() < 3:
            continue
        low, high = rest.min(), rest.max()
        alone = code < 0 <= low or abs(code) > 3 * max(abs(low), abs(high), 1.0)
        if alone:
            return (
                f"{name!r} is {code:g} in {share:.1%} of the values, apart from all others; if it stands for missing, give missing={code:g}"
            )
    return None


def _zeros(name: str, block: np.ndarray) -> str | None:
    """Exact zeros among values that otherwise stay away from zero."""
    known = block[np.isfinite(block)]
    zero = known == 0
    share = float(zero.mean()) if len(known) else 0.0
    if not 0.001 < share < 0.9:
        return None
    rest = known[~zero]
    low, middle = np.quantile(rest, [0.02, 0.5])
    if rest.min() < 0 or low < 0.2 * middle:
        return None
    if low <= 1 and (rest == np.rint(rest)).all():  # counts, which are often none and never a half
        return None
    return (
        f"{name!r} is exactly 0 in {share:.1%} of the values and otherwise rarely below {low:.3g}; if 0 stands for missing, give missing=0"
    )


LONG = 28 * 86400.0  # seconds of a count; shorter ones come round often enough
SELDOM = 10  # starts of a count, of which forecasts learn little
FEW = 0.5  # of the usual count: gaps that come only where little happened mean none


def _absent(name: str, block: np.ndarray) -> str | None:
    """Counts that are never 0 and often have no value beside places that have one, as where rows are written only for what happened."""
    seen = np.isfinite(block)
    known, mixed = block[seen], seen.any(axis=1) & ~seen.all(axis=1)
    if not len(known) or known.min() != 1 or (known != np.rint(known)).any() or (known == 1).mean() < 0.05:
        return None
    few = mixed.any() and np.median(block[mixed][seen[mixed]]) < FEW * np.median(known)  # as at night, where next to nothing happens
    gone = 1 - seen[mixed].mean() if few or mixed.mean() > 0.5 else 0.0
    if gone < 0.05:
        return None
    return (
        f"{name!r} is a count that is never 0, and {gone:.0%} of the values have no row; if that means none, fill them with 0, "
        "for example with table.pivot_table(..., fill_value=0): left out, they are unknown and answers are too high"
    )


def _silent(name: str, block: np.ndarray) -> str | None:
    """Places that read exactly 0 for far longer than they, or the others, otherwise do."""
    if len(block) < 500 or block.shape[1] > 5000 or (np.nan_to_num(block) < 0).any():
        return None
    zero = block == 0
    share = zero.mean(axis=0)
    lengths = [run_lengths(zero[:, i]) for i in np.flatnonzero((share > 0) & (share < 0.5))]
    usual = np.quantile(np.concatenate(lengths), 0.99) if lengths else 0
    silent = [run.max() for run in lengths if len(run) and run.max() > max(48, 10 * usual)]
    if not silent:
        return None
    return (
        f"{name!r} is exactly 0 for up to {max(silent)} steps in a row at {len(silent)} places that are rarely 0 otherwise; "
        "these may be faults"
    )


def _still(name: str, block: np.ndarray) -> str | None:
    """Places whose value never changes, or stands still in long runs away from zero."""
    if len(block) < 50:
        return None
    same = (np.diff(block, axis=0) == 0) & (block[1:] != 0)
    both = np.isfinite(block[1:]) & np.isfinite(block[:-1])
    seen = both.sum(axis=0)
    constant = (seen > 20) & ((np.diff(block, axis=0) == 0).sum(axis=0) == seen)
    if constant.any():
        return f"{name!r} never changes at {int(constant.sum())} of {block.shape[1]} places"
    share = same.sum() / max(both.sum(), 1)
    longest = int(run_lengths(same[:, np.argmax(same.sum(axis=0))]).max(initial=0))
    if share > 0.3 and longest > 24 and len(np.unique(block[: 10**4].ravel())) > 50:
        return f"{name!r} repeats its last value in {share:.0%} of the steps (up to {longest} in a row); it may have been carried forward"
    return None
