"""Told: what tables read of a result, whatever verb it came from."""

from __future__ import annotations

from typing import Any, Protocol

import xarray as xr

from chronotope.data.field import Field


class Told(Protocol):
    """A labelled answer: see `tasks.results.forecast.Forecast`."""

    @property
    def dataset(self) -> xr.Dataset: ...

    @property
    def history(self) -> Field: ...

    @property
    def meta(self) -> dict[str, Any]: ...

    @property
    def filled(self) -> xr.Dataset | None: ...

    @property
    def levels(self) -> tuple[float, ...]: ...

    @property
    def variables(self) -> tuple[str, ...]: ...

    @property
    def median(self) -> xr.Dataset: ...
