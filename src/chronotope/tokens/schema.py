"""Schema: the name of every number in a token, block by block - the one place where widths are added up.

Weights belong to names, not to positions: a card keeps the names that its network was trained on, and weights of an older
list are carried to today's by name (`chronotope.model.migrations`), never because two widths happen to agree.
"""

from __future__ import annotations

import hashlib

from chronotope.evidence.candidates import FLOORS, SPREADS
from chronotope.evidence.clock import SLOTS
from chronotope.questions.kinds.drawing import PATCH

CLOCK = ("day_sin", "day_cos", "week_sin", "week_cos", "year_sin", "year_cos", "step_length", "one")
SERIES = (
    "seen", "seen_share", "zeros", "mean", "deviation", "skew", "location_to_spread", "lowest_error",
    *(f"has_period{k}" for k in range(SLOTS)), "has_geometry", "moves",
)  # fmt: skip
RELATION = (
    "same_place", "same_variable", "log_distance", "nearness", "together", "lagged1", "lagged4", "has_geometry",
)  # fmt: skip


def _steps(name: str) -> tuple[str, ...]:
    return tuple(f"{name}.{step}" for step in range(PATCH))


def _per_floor(name: str, floors: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{name}.{floor}" for floor in floors)


def series_names(floors: tuple[str, ...] = FLOORS, series: tuple[str, ...] = SERIES) -> tuple[str, ...]:
    """What describes a series, the same in all its tokens."""
    return series + _per_floor("relative_error", floors)


def context_names(floors: tuple[str, ...] = FLOORS, series: tuple[str, ...] = SERIES) -> tuple[str, ...]:
    """The numbers of a context token, in order."""
    observed = sum((_steps(name) for name in ("value", "mask", "anomaly", "near_anomaly")), ())
    return observed + CLOCK + series_names(floors, series)


def query_names(floors: tuple[str, ...] = FLOORS, spreads: tuple[str, ...] = SPREADS, series: tuple[str, ...] = SERIES) -> tuple[str, ...]:
    """The numbers of a query token, in order."""
    observed = sum((_steps(name) for name in ("value", "mask", "anomaly", "near_anomaly")), ())
    apart = tuple(f"apart.{step}.{floor}" for step in range(PATCH) for floor in floors)
    mixed = _steps("mix") + _steps("mix_error")
    floor_names = apart + _per_floor("log_error", floors) + _per_floor("available", floors)
    return observed + floor_names + mixed + CLOCK + ("lead", "both_sides") + _per_floor("width", spreads) + series_names(floors, series)


def fingerprint(floors: tuple[str, ...] = FLOORS, spreads: tuple[str, ...] = SPREADS) -> str:
    """Twelve hexadecimal digits that change with any name or its place."""
    words = "\n".join((*context_names(floors), "", *query_names(floors, spreads), "", *RELATION))
    return hashlib.blake2b(words.encode(), digest_size=6).hexdigest()


CONTEXT_WIDTH, QUERY_WIDTH, RELATIONS = len(context_names()), len(query_names()), len(RELATION)
