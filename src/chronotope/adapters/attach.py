"""Attach: pandas and xarray get their accessor `ct` when they are imported, before or after this package, which itself imports neither.

Both take accessors only once they are there, and importing them here would make `import chronotope` ten times slower. So a finder stands
first in `sys.meta_path`; it finds nothing itself, and adds to the loader of these two modules alone one call after they are loaded.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any

NAME = "ct"


def _pandas(module: Any) -> None:
    from chronotope.adapters.accessor import Accessor

    for register in (module.api.extensions.register_dataframe_accessor, module.api.extensions.register_series_accessor):
        register(NAME)(Accessor)


def _xarray(module: Any) -> None:
    from chronotope.adapters.accessor import Accessor

    for register in (module.register_dataset_accessor, module.register_dataarray_accessor):
        register(NAME)(Accessor)


ATTACHED: dict[str, Callable[[Any], None]] = {"pandas": _pandas, "xarray": _xarray}


class Finder:
    """Lets others find the modules, and has `ATTACHED` called when they are loaded."""

    def __init__(self) -> None:
        self._waiting = [name for name in ATTACHED if name not in sys.modules]

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """The spec of a module that is waited for, its loader followed by one call; None for all others."""
        if name not in self._waiting:
            return None
        self._waiting.remove(name)
        spec = find_spec(name)
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module

            def loaded(module: ModuleType) -> None:
                load(module)
                ATTACHED[name](module)

            spec.loader.exec_module = loaded  # type: ignore[method-assign]
        if not self._waiting and self in sys.meta_path:
            sys.meta_path.remove(self)  # type: ignore[arg-type]
        return spec


def attach() -> None:
    """Give `ct` to what is loaded already, and wait for the rest."""
    for name, add in ATTACHED.items():
        module = sys.modules.get(name)
        if module is not None and not hasattr(getattr(module, "DataFrame", getattr(module, "Dataset", None)), NAME):
            add(module)
    if any(name not in sys.modules for name in ATTACHED):
        sys.meta_path.insert(0, Finder())  # type: ignore[arg-type]
