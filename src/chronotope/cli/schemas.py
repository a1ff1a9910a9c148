"""What each verb takes: one schema serves the command line, a saved call in YAML, and whoever calls from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

READING, RUNNING, WRITING = "What to read", "How to run", "What to write"
MODEL = "a shipped name, a folder, baseline:NAME or rival:NAME; the best one that ships by default"
MODELS = "a shipped name, a folder, baseline:NAME or rival:NAME; may be repeated; the default model and some floors by default"
FORM = "long (a row per value, with quantiles) or wide (a row per time, a column per place, the median); impute keeps the form it reads"
TOTALS = "a running total (a meter, cumulative cases), whose gains are forecast; all or none; by default what never fell"
LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


def option(default: Any, words: str, *flags: str, metavar: str = "", panel: str = RUNNING, argument: bool = False) -> Any:
    """A field with its words for people and its flags; `...` as default means that it must be given."""
    extra: dict[str, Any] = {"flags": list(flags), "metavar": metavar, "panel": panel, "argument": argument}
    return Field(default, description=words, json_schema_extra=extra)


class Call(BaseModel):
    """What every verb takes."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())

    json_output: bool = option(False, "machine-readable output", "--json", panel=WRITING)
    quiet: bool = option(False, "say nothing when all went well", "--quiet", "-q", panel=WRITING)
    verbose: bool = option(False, "say more; where a fault of ours happened", "--verbose", "-v", panel=WRITING)


class Working(Call):
    """A verb that computes."""

    threads: int | None = option(None, "processor threads; all by default", metavar="N")

    @field_validator("threads")
    @classmethod
    def _at_least_one(cls, value: int | None) -> int | None:
        return _positive(value)


class Opening(Working):
    """What is read, and what its columns or variables mean where that should not be guessed."""

    file: str | Path = option(..., "the data, a path or an address; see docs/formats.md", metavar="FILE", panel=READING, argument=True)
    kind: str | None = option(None, "grid, graph, points, tracks, events or video", metavar="KIND", panel=READING)
    time: str | None = option(None, "name of the time column or variable", metavar="NAME", panel=READING)
    place: str | None = option(None, "name of the place column or variable", metavar="NAME", panel=READING)
    lat: str | None = option(None, "name of the latitude", metavar="NAME", panel=READING)
    lon: str | None = option(None, "name of the longitude", metavar="NAME", panel=READING)
    target: list[str] | None = option(None, "variable to work on; may be repeated; all by default", metavar="NAME", panel=READING)
    sites: str | Path | None = option(None, "table of places with lat, lon or x, y, and their attributes", metavar="FILE", panel=READING)
    edges: str | Path | None = option(None, "matrix or list of edges between places", metavar="FILE", panel=READING)
    query: str | None = option(None, "SQL question to a database, or the layer of a file of geometries", metavar="SQL", panel=READING)
    missing: list[str | float] | None = option(
        None, "number or word that stands for missing, such as -999 or .; may be repeated", metavar="VALUE", panel=READING
    )
    start: str | None = option(None, "first time stamp of data that has none", metavar="TIME", panel=READING)
    step: str | None = option(None, "length of one step, such as 5min, 1h or MS", metavar="STEP", panel=READING)
    time_format: str | None = option(None, "how stamps are written: dmy, mdy, ymd, excel or %d/%m/%Y", metavar="FORM", panel=READING)
    clock: str | None = option(None, "zone of stamps that name none, such as Europe/Berlin", metavar="ZONE", panel=READING)
    crs: str | None = option(None, "reference system of plane coordinates, such as EPSG:32633", metavar="CRS", panel=READING)

    @field_validator("target", "missing", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return _many(value)


class Beside(Opening):
    """A verb that reads or keeps what is known besides the values."""

    future: str | Path | None = option(None, "table of what is known ahead: calendar, prices, forecasts", metavar="FILE", panel=READING)
    notes: str | Path | None = option(None, "table of notes: text, time, place; kept as text", metavar="FILE", panel=READING)
    pois: str | Path | None = option(None, "points of interest with lat, lon or x, y", metavar="FILE", panel=READING)
    cumulative: list[str] | None = option(None, TOTALS, metavar="NAME", panel=READING)

    @field_validator("cumulative", mode="before")
    @classmethod
    def _names(cls, value: Any) -> Any:
        return _many(value)


class ModelCall(Opening):
    """A verb that asks a model."""

    model: str | None = option(None, MODEL, "--model", "-m", metavar="NAME")
    quantiles: tuple[float, ...] = option(LEVELS, "quantile levels with commas between; 0.1 to 0.9 by default", metavar="P,P,...")
    context: int | str | None = option(None, "steps (or a length of time) of the past that are read; all by default", metavar="STEPS")
    device: str = option("cpu", "where to compute; cpu by default", metavar="DEVICE")
    seed: int = option(0, "seed of everything drawn at random", metavar="N")

    @field_validator("quantiles", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return [part for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("quantiles")
    @classmethod
    def _rising(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if not value or not all(0 < level < 1 for level in value) or list(value) != sorted(set(value)):
            raise ValueError("must be rising numbers between 0 and 1, such as 0.1,0.5,0.9")
        return value

    @field_validator("context")
    @classmethod
    def _some_context(cls, value: int | str | None) -> int | str | None:
        return _length(value)

    @field_validator("device")
    @classmethod
    def _known_device(cls, value: str) -> str:
        if value != "cpu":
            raise ValueError("must be cpu; this version answers on the processor")
        return value


class FormCall(ModelCall):
    """A verb whose table may be long or wide."""

    output: Path = option(..., "result: .nc, .zarr, .csv, .parquet, .geojson or .gpkg", "--output", "-o", metavar="OUT", panel=WRITING)
    form: str | None = option(None, FORM, metavar="FORM", panel=WRITING)
    overwrite: bool = option(False, "replace what is already there", panel=WRITING)

    @field_validator("form")
    @classmethod
    def _long_or_wide(cls, value: str | None) -> str | None:
        if value not in (None, "long", "wide"):
            raise ValueError("must be long or wide")
        return value


class ForecastCall(Beside, FormCall):
    """Forecast what comes next, with intervals."""

    horizon: int | str = option(..., "steps ahead, or a length of time such as 6h or 2d", "--horizon", metavar="STEPS")
    at: list[str] | None = option(None, "the last time that is read; may be repeated; the end of the data by default", metavar="TIME")
    known_future: list[str] = option([], "variable whose future may be read; may be repeated", metavar="NAME")
    report: Path | None = option(None, "also write a page with pictures", metavar="R.html", panel=WRITING)

    @field_validator("horizon")
    @classmethod
    def _steps_or_length(cls, value: int | str) -> int | str | None:
        return _length(value)

    @field_validator("at", "known_future", mode="before")
    @classmethod
    def _one_or_many_words(cls, value: Any) -> Any:
        return _many([str(word) for word in value] if isinstance(value, (list, tuple)) else value if value is None else str(value))


class ImputeCall(FormCall):
    """Fill the gaps; observed values stay as they are."""


class InterpolateCall(ModelCall):
    """Read between the sensors: values at other places, also such as were never observed."""

    at: Path = option(..., "table of the places: columns lat, lon (or x, y) and perhaps a name", "--at", metavar="PLACES")
    output: Path = option(..., "result: .nc, .zarr, .csv, .parquet, .geojson or .gpkg", "--output", "-o", metavar="OUT", panel=WRITING)
    overwrite: bool = option(False, "replace what is already there", panel=WRITING)


class BacktestCall(Opening):
    """Score models on the past, beside the floors.

    Forecasts are made from many past origins, reading nothing after each, and compared with what came true.
    """

    horizon: int | str = option(..., "steps ahead, or a length of time such as 6h or 2d", "--horizon", metavar="STEPS")
    every: int = option(..., "steps from one origin to the next", metavar="STEPS")
    models: list[str] | None = option(None, MODELS, "--model", "-m", metavar="NAME")
    by: str | None = option(None, "a row for each lead, place, region, hour or season", metavar="GROUP")
    against: str | None = option(None, "a model of the call that the others are compared with", metavar="NAME")
    refit: int | None = option(None, "fit models that learn before the first origin (0), or anew every so many", metavar="N")
    context: int | str | None = option(None, "steps (or a length of time) of the past that are read; all by default", metavar="STEPS")
    device: str = option("cpu", "where to compute; cpu by default", metavar="DEVICE")
    seed: int = option(0, "seed of everything drawn at random", metavar="N")
    save: Path | None = option(None, "folder (or .nc) for every forecast; see scores", metavar="FOLDER", panel=WRITING)
    output: Path | None = option(None, "also write the table: .csv or .parquet", "--output", "-o", metavar="OUT", panel=WRITING)
    overwrite: bool = option(False, "replace what is already there", panel=WRITING)

    @field_validator("horizon", "context")
    @classmethod
    def _steps_or_length(cls, value: int | str | None) -> int | str | None:
        return _length(value)

    @field_validator("every")
    @classmethod
    def _at_least_one_step(cls, value: int) -> int | None:
        return _positive(value)

    @field_validator("models", mode="before")
    @classmethod
    def _one_or_many_models(cls, value: Any) -> Any:
        return _many(value)


class InfoCall(Beside):
    """Say what is in a file, what was inferred, and what looks wrong."""

    quality: bool = option(False, "also measure gaps, filled stretches, periods, memory and reach")


class DemoCall(Working):
    """Forecast real weather, score it, and write report.html.

    The data ship with the package, the network stays closed, and it takes less than a minute.
    """

    out: Path = option(Path("."), "folder for forecast.nc and report.html", metavar="DIR", panel=WRITING)
    model: str | None = option(None, MODEL, "--model", "-m", metavar="NAME")
    overwrite: bool = option(False, "replace what is already there", panel=WRITING)


class PretrainCall(Working):
    """Train a network from a configuration, from a preset, or from a preset with some of its fields replaced by a configuration.

    A run that was stopped goes on from its last checkpoint with --resume. Under torchrun many processes share the work.
    """

    file: Path | None = option(None, "the configuration", metavar="CONFIG.yaml", panel=READING, argument=True)
    preset: str | None = option(None, "tiny, small or base", metavar="NAME", panel=READING)
    resume: bool = option(False, "go on from the last checkpoint")
    minutes: float | None = option(None, "end within so much time, with a checkpoint", metavar="M")
    pack: int | None = option(None, "only draw so many batches beforehand, into the folder `shards`", metavar="COUNT")
    dry_run: bool = option(False, "only say what it would take: parameters, memory, work")

    @field_validator("pack")
    @classmethod
    def _at_least_one_batch(cls, value: int | None) -> int | None:
        return _positive(value)

    @field_validator("minutes")
    @classmethod
    def _some_time(cls, value: float | None) -> float | None:
        if value is not None and value <= 0:
            raise ValueError("must be above 0")
        return value


class ModelsCall(Call):
    """List the weights that ship, and the baselines."""


class SamplesCall(Call):
    """List the real data that ships."""


def _many(value: Any) -> Any:
    return [value] if isinstance(value, (str, int, float)) else value


def _positive(value: int | None) -> int | None:
    if value is not None and value < 1:
        raise ValueError("must be at least 1")
    return value


def _length(value: int | str | None) -> int | str | None:
    """Digits are steps, anything else is a length of time that the data's own step will judge."""
    if isinstance(value, str) and value.strip().lstrip("+-").isdigit():
        value = int(value)
    return _positive(value) if isinstance(value, int) else value
