"""What looks odd of past events, in sentences: rows of a file read twice, one stamp far from all others, cells round the globe."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from chronotope.tasks.events.panel import Catalogue

TWICE = 0.9  # share of the events with a twin in time, place and marks: a file read twice has 1, whole days in blocks of a town 0.11
FAR, FEW = 0.5, 20  # of the time of all others that the first or last event lies beyond them; of few events it may


def oddities(past: Catalogue, cell: float) -> Iterator[str]:
    """Sentences about the events up to an origin, in cells of a size."""
    yield from _passed_over(past)
    yield from _twins(past)
    yield from _far_stamps(past.times)
    yield from _across_the_date_line(past, cell)


def _passed_over(past: Catalogue) -> Iterator[str]:
    if past.passed_over:
        yield f"{past.passed_over} events have no time or no place and are passed over"


def _twins(past: Catalogue) -> Iterator[str]:
    """Rows in order of time, place and marks: twins stand beside each other."""
    values = [past.times.astype(np.int64), *past.at.T, *past.marks.values()]
    same = np.all([(one[1:] == one[:-1]) | ((one[1:] != one[1:]) & (one[:-1] != one[:-1])) for one in values], axis=0)
    twins = int((np.append(same, False) | np.append(False, same)).sum())
    if twins > TWICE * len(past.times):
        yield (
            f"{twins} of {len(past.times)} events are the same as another one in time, place and numbers, and each is counted: "
            "where rows were read twice, drop_duplicates() first"
        )


def _far_stamps(times: np.ndarray) -> Iterator[str]:
    """A wrong year moves the origin, or makes all steps longer."""
    if len(times) < FEW:
        return
    gaps = np.diff(times)
    for name, gap, stamp in (("first", gaps[0], times[0]), ("last", gaps[-1], times[-1])):
        rest = times[-1] - times[0] - gap
        if gap > FAR * rest:
            days = [one / np.timedelta64(1, "D") for one in (gap, rest)]
            yield (
                f"the {name} event, at {str(stamp)[:19]}, lies {days[0]:.3g} days from all others, which come within {days[1]:.3g}: "
                + ("where its time is wrong, drop it" if name == "first" else "the forecast begins there; where its time is wrong, drop it")
            )


def _across_the_date_line(past: Catalogue, cell: float) -> Iterator[str]:
    """Events near each other on both sides of 180 degrees, so that cells between them go round the globe."""
    lon = np.sort(past.at[:, 1]) if past.axes == ("lat", "lon") else np.zeros(1)
    turned = np.sort(np.mod(lon, 360.0))
    if np.ptp(lon) > 180.0 and np.ptp(turned) <= 180.0:
        yield (
            f"events lie on both sides of 180 degrees, and their cells of {cell:g} degrees go round the globe: "
            "give longitudes from 0 to 360, for example table['lon'] % 360"
        )
