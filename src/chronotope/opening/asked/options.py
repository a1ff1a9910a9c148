"""The options of `ct.open`, checked once at the door."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from chronotope.data.arguments import names_of
from chronotope.data.columns import whole_name
from chronotope.data.field import KINDS
from chronotope.data.frame import check_step
from chronotope.data.zones import zone_named
from chronotope.errors import ArgumentError
from chronotope.opening.asked.missing import split_missing

ORDERS = ("dmy", "mdy", "ymd")  # words of `time_format` for the order of numbers in a date


@dataclass(frozen=True)
class OpenOptions:
    """What the caller said about the source; None means: find out.

    `time`, `place`, `lat`, `lon` name a column or variable (or, for bare arrays, an axis by number); `target` names the value
    variables; `missing` is the value or word that stands for missing, or several; `edges` and `sites` are files or objects; `step` and
    `start` give the clock of data without time stamps; `time_format` says how stamps are written, and `clock` is the zone of
    stamps that name none; `crs` describes plane coordinates; `query` is the question to a database, or the layer of a file of
    geometries; `cumulative` names running totals; `notes`, `pois` and `future` are what is known besides (`chronotope.data.side`).
    """

    kind: str | None = None
    time: str | int | None = None
    place: str | int | None = None
    lat: str | None = None
    lon: str | None = None
    target: str | list[str] | tuple[str, ...] | None = None
    missing: Any = None
    edges: Any = None
    sites: Any = None
    step: str | None = None
    start: Any = None
    crs: Any = None
    query: str | None = None
    notes: Any = None
    pois: Any = None
    future: Any = None
    cumulative: bool | str | list[str] | tuple[str, ...] | None = None
    time_format: str | None = None
    clock: str | None = None

    def __post_init__(self) -> None:
        if self.kind is not None and self.kind not in KINDS:
            raise ArgumentError(f"kind must be one of {', '.join(KINDS)}; found {self.kind!r}.")
        if self.step is not None:
            object.__setattr__(self, "step", check_step(self.step))
        for name in ("time", "place", "lat", "lon"):
            if isinstance(told := getattr(self, name), (list, tuple, set, dict)):
                way = f"join them before, as {'_'.join(map(str, told))}" if name == "place" else "give one, or leave it out"
                raise ArgumentError(f"{name} must be the name of one column; found {told!r}. Of several, {way}.")
        split_missing(self.missing)
        if self.clock is not None:
            zone_named(self.clock)

    def naming(self, columns: list[str]) -> OpenOptions:
        """The same options, which name columns of a table as it does, with their unit in brackets."""
        told = {key: name for key in ("time", "place", "lat", "lon") if isinstance(name := getattr(self, key), str)}
        whole: dict[str, Any] = {key: whole_name(name, columns) for key, name in told.items()}
        return replace(self, target=self.targets and tuple(whole_name(name, columns) for name in self.targets), **whole)

    @property
    def targets(self) -> tuple[str, ...] | None:
        """`target` as a tuple of names."""
        return None if self.target is None else names_of(self.target, "target")

    @property
    def missing_numbers(self) -> tuple[float, ...]:
        """The numbers of `missing`."""
        return split_missing(self.missing)[0]

    @property
    def missing_words(self) -> tuple[str, ...]:
        """The words of `missing`, which cells of text may hold."""
        return split_missing(self.missing)[1]
