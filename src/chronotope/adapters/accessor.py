"""`df.ct` and `ds.ct`: the verbs on pandas and geopandas tables and on xarray datasets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chronotope.adapters import verbs

if TYPE_CHECKING:
    from chronotope.data.field import Field
    from chronotope.tasks.detection import Detection
    from chronotope.tasks.embedding import Embedding
    from chronotope.tasks.result import Forecast
    from chronotope.tasks.simulation import Simulation


class Accessor:
    """The verbs of chronotope on this object; how it is read are options of each, `time="when"`, `missing=-999` (`chronotope.open`)."""

    def __init__(self, data: Any) -> None:
        self._data = data

    def open(self, **opening: Any) -> Field:
        """The Field: what was understood of the object."""
        return verbs._field(self._data, opening)

    def forecast(self, horizon: Any, **options: Any) -> Any:
        """What comes next; see `chronotope.forecast`."""
        return verbs.forecast(self._data, horizon, **options)

    def impute(self, **options: Any) -> Forecast:
        """The gaps filled; see `chronotope.impute`."""
        return verbs.impute(self._data, **options)

    def interpolate(self, at: Any, **options: Any) -> Forecast:
        """Values at other places; see `chronotope.interpolate`."""
        return verbs.interpolate(self._data, at, **options)

    def downscale(self, factor: Any = None, **options: Any) -> Forecast:
        """Finer cells; see `chronotope.downscale`."""
        return verbs.downscale(self._data, factor, **options)

    def simulate(self, horizon: Any = 24, n: int = 50, seed: int = 0, **options: Any) -> Simulation:
        """Whole futures; see `chronotope.simulate`."""
        return verbs.simulate(self._data, horizon, n, seed, **options)

    def detect(self, rate: float = 0.01, **options: Any) -> Detection:
        """What is surprising; see `chronotope.detect`."""
        return verbs.detect(self._data, rate, **options)

    def embed(self, per: str = "place", **options: Any) -> Embedding:
        """Vectors of places; see `chronotope.embed`."""
        return verbs.embed(self._data, per, **options)

    def __repr__(self) -> str:
        return f"<chronotope verbs of a {type(self._data).__name__}: {', '.join(VERBS)}>"


VERBS = ("open", "forecast", "impute", "interpolate", "downscale", "simulate", "detect", "embed")
