"""What ships: the real samples, each a file and the options to open it with; a source of the name `sample:NAME` is one of them."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from chronotope.errors import ArgumentError
from chronotope.opening.asked.options import OpenOptions

PREFIX = "sample:"


@dataclass(frozen=True)
class Sample:
    """One shipped sample: its file, the options to open it with, and what people should know."""

    file: str
    what: str
    kind: str
    licence: str
    options: dict[str, Any]


SAMPLES = {
    "air_temperature": Sample(
        "air_temperature.nc", "air temperature over North America, 6-hourly, five days of 2014", "grid", "public domain", {}
    ),
    "nyc_weather": Sample("nyc_weather.nc", "hourly weather of three New York City airports in 2013", "graph", "CC0", {"step": "1h"}),
    "us_income": Sample("us_income.nc", "yearly income per head of 48 states, 1929 to 2009, with neighbours", "graph", "public domain", {}),
    "earthquakes": Sample(
        "earthquakes.csv.gz",
        "earthquakes around Indonesia and the Philippines, April to July 2024",
        "events",
        "public domain",
        {"kind": "events", "target": "mag"},
    ),
}


def sample_path(name: str) -> Path:
    """The file of a sample.

    Raises:
        ArgumentError: there is no sample of that name.
    """
    if name not in SAMPLES:
        raise ArgumentError(f"sample takes one of {', '.join(SAMPLES)}; found {name!r}.")
    return Path(str(files("chronotope.opening") / "sample_files" / SAMPLES[name].file))


def is_sample(source: Any) -> bool:
    """True for the name of a sample as a source."""
    return isinstance(source, str) and source.startswith(PREFIX)


def unpacked(source: str, options: OpenOptions) -> tuple[Path, OpenOptions]:
    """The file of `sample:NAME`, and the options that it wants where none were given."""
    name = source.removeprefix(PREFIX)
    path, given = sample_path(name), {one.name for one in fields(options) if getattr(options, one.name) is not None}
    return path, replace(options, **{key: value for key, value in SAMPLES[name].options.items() if key not in given})
