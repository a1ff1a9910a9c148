"""Real samples that ship with the package (sample_files/ORIGIN.md says where they come from)."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd

from chronotope.data.field import Field
from chronotope.errors import ArgumentError
from chronotope.opening.open import open_field


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


def samples() -> pd.DataFrame:
    """A table of the samples: name, kind, what, licence, bytes."""
    rows = [(name, s.kind, s.what, s.licence, sample_path(name).stat().st_size) for name, s in SAMPLES.items()]
    return pd.DataFrame(rows, columns=["name", "kind", "what", "licence", "bytes"]).set_index("name")


def sample(name: str) -> Field:
    """A shipped sample as a Field.

    Raises:
        ArgumentError: there is no sample of that name.
    """
    return open_field(sample_path(name), **SAMPLES[name].options)


def sample_path(name: str) -> Path:
    """The file of a sample."""
    if name not in SAMPLES:
        raise ArgumentError(f"sample takes one of {', '.join(SAMPLES)}; found {name!r}.")
    return Path(str(files("chronotope.opening") / "sample_files" / SAMPLES[name].file))
