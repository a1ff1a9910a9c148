"""`df.ct` and `ds.ct`: the verbs on pandas and geopandas tables and on xarray datasets."""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chronotope.data.field import Field

VERBS = ("open", "forecast", "backcast", "impute", "interpolate", "downscale", "simulate", "detect", "embed")


class Accessor:
    """The verbs of chronotope on this object; how it is read are options of each, `time="when"`, `missing=-999` (`chronotope.open`)."""

    def __init__(self, data: Any) -> None:
        self._data = data

    def open(self, **opening: Any) -> Field:
        """The Field: what was understood of the object."""
        from chronotope.adapters.one_call import opened

        return opened(self._data, opening)

    def __getattr__(self, name: str) -> Any:
        """A verb of `chronotope`, `forecast` or its like, on this object."""
        if name not in VERBS:
            raise AttributeError(f"ct has the verbs {', '.join(VERBS)}; found {name!r}.")
        verb = getattr(import_module("chronotope.adapters.verbs"), name)

        def ask(*args: Any, **options: Any) -> Any:
            return verb(self._data, *args, **options)

        ask.__doc__, ask.__name__ = verb.__doc__, name
        told = inspect.signature(verb)
        ask.__signature__ = told.replace(parameters=list(told.parameters.values())[1:])  # type: ignore[attr-defined]
        return ask

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *VERBS})

    def __repr__(self) -> str:
        return f"<chronotope verbs of a {type(self._data).__name__}: {', '.join(VERBS)}>"
