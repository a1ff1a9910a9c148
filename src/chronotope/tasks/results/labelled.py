"""Labelled: what every result of a verb is - a dataset, a table, and a file of either."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

from chronotope.data.field import KIND


class Labelled(ABC):
    """A labelled answer.

    Attributes:
        dataset: its variables under the names, units and coordinates of the input.
        meta: where the numbers come from.
    """

    dataset: xr.Dataset
    meta: dict[str, Any]

    def to_xarray(self) -> xr.Dataset:
        """The answer as a Dataset; `attrs["chronotope"]` holds `meta` as JSON."""
        history = getattr(self, "history", None)
        moving = history is not None and history.has_moving_sensors and "object" in self.dataset.dims
        film = history is not None and history.kind == "video" and set(history.space) <= set(self.dataset.dims)
        kind = {KIND: history.kind} if history is not None and (moving or film) else {}
        return self.dataset.assign_attrs(kind, chronotope=json.dumps(self.meta, default=str))

    @abstractmethod
    def to_pandas(self) -> pd.DataFrame:
        """The answer as one long table."""

    def plot(self, place: Any = None, variable: str | None = None, **options: Any) -> Any:
        """One place over time, by default the one most worth seeing; `places=`, `by=`, `ax=`: see `chronotope.view.pictures.plot`."""
        from chronotope.view.pictures import plot

        return plot(self, place, variable, **options)

    def map(self, **options: Any) -> Any:
        """The answer on a map; `lead=`, `show=`, `above=`, `variable=`: see `chronotope.view.maps.map_forecast`."""
        from chronotope.view.pictures import draw_map

        return draw_map(self, **options)

    def animate(self, path: str | Path, **options: Any) -> Path:
        """A moving map, written to `path`, .gif or .mp4; see `chronotope.view.animation.animate_forecast`."""
        from chronotope.view.pictures import animate

        return animate(self, path, **options)

    def report(self, path: str | Path, **options: Any) -> Path:
        """A page about the answer, written to `path`; see `chronotope.view.report.write_report`."""
        from chronotope.view.report import write_report

        return write_report(path, self, **options)

    def save(self, path: str | Path, overwrite: bool = False) -> Path:
        """Write to .nc, .zarr, .csv, .parquet, .geojson or .gpkg, whole or not at all; tables are long.

        Raises:
            ArgumentError, OutputExistsError, NoFileError: see `chronotope.data.writers.write`.
        """
        from chronotope.data.writers import check_output, write

        check_output(path, overwrite)
        is_table = Path(path).suffix.lower() not in (".nc", ".zarr")
        return write(self._table_for(path) if is_table else self.to_xarray(), path, overwrite=overwrite)

    def _table_for(self, path: str | Path) -> pd.DataFrame:
        """The table as a file holds it."""
        return self.to_pandas()

    def _sizes(self) -> str:
        """The dims and their sizes, as a person reads them."""
        return ", ".join(f"{dim}: {size}" for dim, size in self.dataset.sizes.items())
