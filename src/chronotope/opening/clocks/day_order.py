"""Which of three numbers is the day: settled by the whole column, never by a single cell.

Days above 12 settle it. Else the true order is the one in which stamps follow one another and fill an even step: where day and
month are exchanged, hours jump by months and days run backwards. Where both orders are as good as each other nothing settles it, and
a warning says so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from chronotope.data.frame import frame_of
from chronotope.inspect.finding import Finding
from chronotope.opening.clocks.written_stamps import Parts, dates_of, two_digits

ORDERS = {"dmy": "day, month, year", "mdy": "month, day, year", "ymd": "year, month, day"}
_CLEAR = 2.0  # times fuller the frame of one order must be than that of the other
_FEW = 6  # fewer stamps may follow one another, or fill a step, by chance


@dataclass(frozen=True)
class Settled:
    """Stamps of the cells in the order that was settled, and what is said of it (None where there was nothing to settle)."""

    times: np.ndarray
    note: Finding | None


def settled(parts: Parts, rows: np.ndarray, name: str, told: str | None = None) -> Settled | None:
    """The stamps of cells whose numbers may stand in several orders; None if no order makes dates of all of them.

    Args:
        parts: of the different cells (c,).
        rows: int (t,), the cell of each row of the column, so that the order of the rows is known.
        name: of the column.
        told: the order that the user named.
    """
    plain = parts.numbers["a"] >= 0
    orders = [told] if told else _likely(parts, plain)
    made = {order: dates_of(parts, order) for order in (orders if plain.any() else orders[:1])}
    good = {order: times for order, times in made.items() if not np.isnat(times).any()}
    if not good:
        return None
    if not plain.any() or told:
        return Settled(next(iter(good.values())), None)
    if len(good) == 1:
        order = next(iter(good))
        return Settled(good[order], Finding("inferred", f"{name!r} read as {ORDERS[order]}, as the numbers allow no other order"))
    return _by_order(good, rows, name, bool((parts.separator[plain] == ".").all()))


def with_year_first(parts: Parts, rows: np.ndarray) -> Parts:
    """Cells such as 18JAN05 with the year in front where they make no dates otherwise, or clearly follow one another better so."""
    if not (parts.short & (parts.form == "day month year")).all():
        return parts
    turned = replace(parts, numbers=parts.numbers | {"y": two_digits(parts.numbers["d"]), "d": parts.numbers["y"] % 100})
    first, last = dates_of(turned, "dmy"), dates_of(parts, "dmy")
    if np.isnat(first).any():
        return parts
    many = len(np.unique(first)) >= _FEW
    better = np.isnat(last).any() or (many and _clearly(_score(first, rows), _score(last, rows)))
    return replace(turned, form=np.full(len(first), "year month day", object)) if better else parts


def _likely(parts: Parts, plain: np.ndarray) -> list[str]:
    """Orders from the usual to the rare: days come first with dots and dashes, months with strokes."""
    first = ["mdy", "dmy"] if (parts.separator[plain] == "/").any() else ["dmy", "mdy"]
    return [*first, "ymd"] if plain.any() and bool(parts.short[plain].all()) else first


def _by_order(good: dict[str, np.ndarray], rows: np.ndarray, name: str, dotted: bool) -> Settled:
    scores = {order: _score(times, rows) for order, times in good.items()}
    few = min(len(np.unique(times)) for times in good.values()) < _FEW
    best = min(good, key=lambda order: (round(-scores[order][1], 3), scores[order][0], unevenness(np.unique(good[order]))))
    if dotted and best != "dmy" and "dmy" in good and (few or not _clearly(scores[best], scores["dmy"])):
        best = "dmy"
    rivals = [order for order in good if order != best and (few or not _clearly(scores[best], scores[order]))]
    if not rivals or all(np.array_equal(good[best], good[order]) for order in rivals):
        return Settled(good[best], Finding("inferred", f"{name!r} read as {ORDERS[best]}, as its stamps follow one another so"))
    if dotted and best == "dmy":
        return Settled(good[best], Finding("inferred", f"{name!r} read as {ORDERS[best]}, as is usual with dots"))
    text = (
        f"{name!r} can be read as {ORDERS[best]} or as {ORDERS[rivals[0]]}, as no day is above 12: read as {ORDERS[best]}; "
        f"give time_format={best!r} or {rivals[0]!r} to settle it"
    )
    return Settled(good[best], Finding("warning", text))


def _score(times: np.ndarray, rows: np.ndarray) -> tuple[float, float]:
    return _falls(times[rows]), _fullness(times)


def _clearly(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """True if the first order fills a step far better without more disorder, or follows one another where the other does not."""
    (falls, full), (more, less) = one, other
    fuller = full >= 0.5 and full >= _CLEAR * less and falls <= more
    return fuller or (full >= less and (falls == 0 < more or falls < 0.5 * more))


def _falls(times: np.ndarray) -> float:
    """Share of the steps that run against the usual direction."""
    steps = np.diff(times.astype(np.int64))
    steps = steps[steps != 0]
    return float(min((steps < 0).mean(), (steps > 0).mean())) if len(steps) else 0.0


def _fullness(times: np.ndarray) -> float:
    """Share of the rows of the frame that have a stamp; 0 where no frame fits."""
    different = np.unique(times)
    if len(different) < 2:
        return 1.0
    frame = frame_of(different)
    return len(different) / len(frame.times) if frame.regular else 0.0


def unevenness(times: np.ndarray) -> float:
    """Spread of the steps beside their mean, 0 for even ones."""
    gaps = np.diff(times).astype("timedelta64[ns]").astype(float)
    return float(np.std(gaps) / (abs(np.mean(gaps)) + 1)) if len(gaps) else 0.0
