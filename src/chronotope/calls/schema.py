"""What calls take: the fields that several of them share, each with its words for people and its flags for the command line.

A schema serves the command line, a saved call in YAML, a server and a notebook; how much is printed is no part of it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator
from pydantic.fields import FieldInfo

from chronotope.errors import ArgumentError
from chronotope.pace.length import RULE, seconds_of

READING, RUNNING, WRITING = "What to read", "How to run", "What to write"
MODEL = "a shipped name, best, a folder, baseline:NAME or rival:NAME; the one that is best on average by default"
MODELS = "a shipped name, best, a folder, baseline:NAME or rival:NAME; may be repeated; the default model and some floors by default"
FORM = "long (a row per value, with quantiles) or wide (a row per time, a column per place, the median); impute keeps the form it reads"
TOTALS = "a running total (a meter, cumulative cases), whose gains are forecast; all or none; by default what never fell"
STEP = "length of one step, such as 5min, 1h or MS; of events the step in which they are counted"
CELL = "side of a cell of events, in the data's own coordinates; a round size by default"
RECONCILE = "table of places and their parents (place, parent), or of flows (place, source, target): answers then add up"
FILE = "the data: a path, an address, sample:NAME, or - for stdin; several, or a pattern in quotes"
BUDGET = "how long it may take, such as 60s or 5min; what can be thinned is, else it is refused as soon as the rate shows it"
DEVICE = "where the network computes: cpu, cuda, cuda:1, mps, or auto for the best there is; cpu by default"
RESULT = "result: .nc, .zarr, .csv, .parquet, .geojson or .gpkg"
LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


def option(default: Any, words: str, *flags: str, metavar: str = "", panel: str = RUNNING, argument: bool = False) -> Any:
    """A field with its words for people and its flags; `...` as default means that it must be given."""
    extra: dict[str, Any] = {"flags": list(flags), "metavar": metavar, "panel": panel, "argument": argument}
    return Field(default, description=words, json_schema_extra=extra)


def extra_of(field: FieldInfo) -> dict[str, Any]:
    """What `option` kept beside a field: flags, metavar, panel, argument."""
    plain: dict[str, Any] = {"flags": [], "metavar": "", "panel": RUNNING, "argument": False}
    return plain | field.json_schema_extra if isinstance(field.json_schema_extra, dict) else plain


def flag_of(key: str, field: FieldInfo) -> str:
    """The name under which the command line knows a field: FILE, --horizon, or its plain name where it is no option."""
    if not field.json_schema_extra:
        return key
    extra = extra_of(field)
    return extra["metavar"] if extra["argument"] else (extra["flags"] or [f"--{key.replace('_', '-')}"])[0]


def texts(value: Any) -> Any:
    """Stamps and names as text, also where YAML read a date or a number."""
    return [str(word) for word in value] if isinstance(value, (list, tuple)) else value if value is None else [str(value)]


def _many(value: Any) -> Any:
    return [value] if isinstance(value, (str, int, float)) else value


def _positive(value: int | None) -> int | None:
    if value is not None and value < 1:
        raise ValueError("must be at least 1")
    return value


def _some_time(value: float | None) -> float | None:
    if value is not None and value <= 0:
        raise ValueError("must be above 0")
    return value


def _length(value: int | str | None) -> int | str | None:
    """Digits are steps, anything else is a length of time that the data's own step will judge."""
    if isinstance(value, str) and value.strip().lstrip("+-").isdigit():
        value = int(value)
    return _positive(value) if isinstance(value, int) else value


def _budget(value: str | float | None) -> str | float | None:
    try:
        seconds_of(value)
    except ArgumentError:
        raise ValueError(RULE.removeprefix("budget ")) from None
    return value


def _device(value: str) -> str:
    if not re.fullmatch(r"cpu|auto|mps|cuda(:\d+)?", value):
        raise ValueError("must be cpu, cuda, cuda:1, mps or auto")
    return value


Words = Annotated[list[str], BeforeValidator(_many)]  # one word is a list of one
SomeWords = Annotated[list[str] | None, BeforeValidator(_many)]
Count = Annotated[int, AfterValidator(_positive)]
SomeCount = Annotated[int | None, AfterValidator(_positive)]
Length = Annotated[int | str, AfterValidator(_length)]
SomeLength = Annotated[int | str | None, AfterValidator(_length)]
Minutes = Annotated[float | None, AfterValidator(_some_time)]
Device = Annotated[str, AfterValidator(_device)]
Budget = Annotated[str | float | None, AfterValidator(_budget)]


class Call(BaseModel):
    """What every call is."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())

    @field_validator("*", mode="before")
    @classmethod
    def _no_switch(cls, value: Any, info: ValidationInfo) -> Any:
        """True is no 1, where a number is meant."""
        kind = cls.model_fields[str(info.field_name)].annotation
        if isinstance(value, bool) and {int, float} & {kind, *get_args(kind)} and bool not in (kind, *get_args(kind)):
            raise ValueError("must be no switch")
        return value


class Working(Call):
    """A call that computes."""

    threads: SomeCount = option(None, "processor threads; all by default", metavar="N")


class Opening(Working):
    """What is read, and what its columns or variables mean where that should not be guessed."""

    file: str | Path = option(
        ...,
        FILE,
        metavar="FILE",
        panel=READING,
        argument=True,
    )
    kind: str | None = option(None, "grid, graph, points, tracks, events or video", metavar="KIND", panel=READING)
    time: str | None = option(None, "name of the time column or variable", metavar="NAME", panel=READING)
    place: str | None = option(None, "name of the place column or variable", metavar="NAME", panel=READING)
    lat: str | None = option(None, "name of the latitude", metavar="NAME", panel=READING)
    lon: str | None = option(None, "name of the longitude", metavar="NAME", panel=READING)
    target: SomeWords = option(None, "variable to work on; may be repeated; all by default", metavar="NAME", panel=READING)
    sites: str | Path | None = option(None, "table of places with lat, lon or x, y, and their attributes", metavar="FILE", panel=READING)
    edges: str | Path | None = option(None, "matrix or list of edges between places", metavar="FILE", panel=READING)
    query: str | None = option(None, "SQL question to a database, or the layer of a file of geometries", metavar="SQL", panel=READING)
    missing: Annotated[list[str | float] | None, BeforeValidator(_many)] = option(
        None, "number or word that stands for missing, such as -999 or .; may be repeated", metavar="VALUE", panel=READING
    )
    start: str | None = option(None, "first time stamp of data that has none", metavar="TIME", panel=READING)
    step: str | None = option(None, STEP, metavar="STEP", panel=READING)
    time_format: str | None = option(None, "how stamps are written: dmy, mdy, ymd, excel or %d/%m/%Y", metavar="FORM", panel=READING)
    clock: str | None = option(None, "zone of stamps that name none, such as Europe/Berlin", metavar="ZONE", panel=READING)
    crs: str | None = option(None, "reference system of plane coordinates, such as EPSG:32633", metavar="CRS", panel=READING)


class Beside(Opening):
    """A verb that reads or keeps what is known besides the values."""

    future: str | Path | None = option(None, "table of what is known ahead: calendar, prices, forecasts", metavar="FILE", panel=READING)
    notes: str | Path | None = option(None, "table of notes: text, time, place; kept as text", metavar="FILE", panel=READING)
    pois: str | Path | None = option(None, "points of interest with lat, lon or x, y", metavar="FILE", panel=READING)
    cumulative: SomeWords = option(None, TOTALS, metavar="NAME", panel=READING)


class KnownFuture(Beside):
    """A call that may read the future of some variables."""

    known_future: Annotated[list[str], BeforeValidator(texts)] = option(
        [], "variable whose future may be read; may be repeated", metavar="NAME"
    )


class Asking(Opening):
    """A call that asks models."""

    context: SomeLength = option(None, "steps (or a length of time) of the past that are read; all by default", metavar="STEPS")
    device: Device = option("cpu", DEVICE, metavar="DEVICE")
    budget: Budget = option(None, BUDGET, metavar="TIME")
    seed: int = option(0, "seed of everything drawn at random", metavar="N")


class ModelCall(Asking):
    """A call that asks one model for quantiles, and writes them."""

    model: str | None = option(None, MODEL, "--model", "-m", metavar="NAME")
    quantiles: tuple[float, ...] = option(LEVELS, "quantile levels with commas between; 0.1 to 0.9 by default", metavar="P,P,...")
    output: Path = option(..., RESULT, "--output", "-o", metavar="OUT", panel=WRITING)
    overwrite: bool = option(False, "replace what is already there", panel=WRITING)

    @field_validator("quantiles", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return [part for part in value.split(",") if part.strip()]
        return [value] if isinstance(value, (int, float)) else value

    @field_validator("quantiles")
    @classmethod
    def _rising(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if not value or not all(0 < level < 1 for level in value) or list(value) != sorted(set(value)):
            raise ValueError("must be rising numbers between 0 and 1, such as 0.1,0.5,0.9")
        return value


class FormCall(ModelCall):
    """A call whose table may be long or wide."""

    form: str | None = option(None, FORM, metavar="FORM", panel=WRITING)

    @field_validator("form")
    @classmethod
    def _long_or_wide(cls, value: str | None) -> str | None:
        if value not in (None, "long", "wide"):
            raise ValueError("must be long or wide")
        return value


class TableCall(Call):
    """A call that makes a table of scores."""

    output: Path | None = option(None, "also write the table: .csv or .parquet", "--output", "-o", metavar="OUT", panel=WRITING)
    overwrite: bool = option(False, "replace what is already there", panel=WRITING)
