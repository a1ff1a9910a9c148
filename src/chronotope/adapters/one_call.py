"""One call: a verb of `Model` as a function of any data, with the signature and the words of the verb and the options of opening."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from dataclasses import fields
from typing import Any

from chronotope.data.field import Field
from chronotope.errors import ArgumentError, DataWarning, unknown
from chronotope.opening.asked.options import OpenOptions
from chronotope.tasks.verbs import Model

OURS = "chronotope."  # modules whose frames no warning points at
OPENING = tuple(one.name for one in fields(OpenOptions))
BOTH = ("target",)  # what opening and the verbs know, and the verbs are told; `step` says how data are opened
FIELD = "field: what `chronotope.open` returns"
DATA = "data: whatever `chronotope.open` takes: a table, a dataset, a path, `sample:nyc_weather`"
MORE = """
    model: a name, a Model or a predictor; the best weights that ship by default.
    device: where a network that is named computes.
    opening: how to read the data: `time="when"`, `place="site"`, `missing=-999`, `kind=`, `step=` and so on; see `chronotope.open`."""


def one_call(verb: str) -> Callable[..., Any]:
    """The function `verb(data, ..., model=, device=, **opening)`: open any data, take a model, ask."""
    told = signature_of(verb)
    plain = [name for name, one in told.parameters.items() if one.kind is not one.VAR_KEYWORD]

    def ask(*args: Any, **options: Any) -> Any:
        given = told.bind(*args, **options).arguments
        opening = given.pop("opening", {})
        for name in opening:
            if name not in OPENING:
                raise unknown("This call", name, [*OPENING, *plain[1:]])
        data, model, device = given.pop("data"), given.pop("model", None), given.pop("device", "cpu")
        field = opened(data, opening)
        return said(getattr(model_of(model, device), verb)(field, **given))

    ask.__name__ = ask.__qualname__ = verb
    ask.__doc__, ask.__signature__ = words_of(verb), told  # type: ignore[attr-defined]
    ask.__module__ = "chronotope.adapters.verbs"
    return ask


def signature_of(verb: str) -> inspect.Signature:
    """That of the verb, for data instead of a field, with model, device and the options of opening."""
    own = inspect.signature(getattr(Model, verb))
    kept = [one for name, one in list(own.parameters.items())[2:] if name not in OPENING or name in BOTH]
    kind = inspect.Parameter
    added = [
        kind("model", kind.KEYWORD_ONLY, default=None, annotation="Any"),
        kind("device", kind.KEYWORD_ONLY, default="cpu", annotation="str"),
    ]
    data, opening = kind("data", kind.POSITIONAL_OR_KEYWORD, annotation="Any"), kind("opening", kind.VAR_KEYWORD, annotation="Any")
    return own.replace(parameters=[data, *kept, *added, opening])


def words_of(verb: str) -> str:
    """The promise of the verb, in the words of one call."""
    words = inspect.getdoc(getattr(Model, verb)) or ""
    first, rest = words.split("\n\nReturns:", 1)
    return f"{first.replace(FIELD, DATA)}{MORE}\n\nReturns:{rest}"


def model_of(model: Any, device: str) -> Model:
    """A model by name, or whatever was given as one."""
    from chronotope.tasks.load import as_model, load

    return load(model, device=device) if model is None or isinstance(model, str) else as_model(model)


def opened(data: Any, opening: dict[str, Any]) -> Field:
    """The data opened with its options.

    Raises:
        ArgumentError: data that are open are to be read with an option.
    """
    from chronotope.opening.open import open_field

    if isinstance(data, Field):
        if opening:
            raise ArgumentError(f"{next(iter(opening))} says how data are read; a Field is open already. Give it to chronotope.open.")
        return data
    return open_field(data, **opening)


def said(made: Any) -> Any:
    """The result; what looks wrong is said to whoever called, outside of this package."""
    import sys

    depth = 1
    while str(sys._getframe(depth).f_globals.get("__name__", "")).startswith(OURS):
        depth += 1
    for text in made.meta.get("warnings", ()):
        warnings.warn(f"{made.history.source}: {text}", DataWarning, stacklevel=depth + 1)
    return made
