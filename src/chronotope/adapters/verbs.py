"""One call: open any data, take a model, ask - `ct.forecast(df, 12)`; what opening and the verb know as options both are options here."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from chronotope.errors import ArgumentError, DataWarning

if TYPE_CHECKING:
    from chronotope.data.field import Field
    from chronotope.tasks.detection import Detection
    from chronotope.tasks.embedding import Embedding
    from chronotope.tasks.result import Forecast
    from chronotope.tasks.simulation import Simulation
    from chronotope.tasks.verbs import Model

OURS = "chronotope."  # modules whose frames no warning points at


def forecast(
    data: Any,
    horizon: Any,
    *,
    model: Any = None,
    device: str = "cpu",
    at: Any = None,
    target: Any = None,
    quantiles: Any = None,
    context: Any = None,
    known_future: Any = (),
    cell: Any = None,
    budget: Any = None,
    **opening: Any,
) -> Any:
    """Forecast any data: see `Model.forecast`, and `chronotope.open` for `opening`.

    Args:
        data: whatever `chronotope.open` takes: a table, a dataset, a path, `sample:nyc_weather`.
        horizon: steps, or a length of time such as "6h".
        model: a name, a Model or a predictor; the best weights that ship by default.
        device: where a network that is named computes.
        at, target, quantiles, context, known_future, cell, budget: as of the verb.
        opening: how to read the data: `time="when"`, `place="site"`, `missing=-999`, `kind=`, `step=` and so on.

    Returns:
        A Forecast (an EventForecast of events).

    Raises:
        ArgumentError: neither opening nor the verb knows an option.
        ChronotopeError: as of both.
    """
    options = _given(at=at, target=target, quantiles=quantiles, context=context, cell=cell, budget=budget)
    options |= {"known_future": known_future} if known_future else {}
    return _told(_model(model, device).forecast(_field(data, opening), horizon, **options))


def impute(
    data: Any,
    *,
    model: Any = None,
    device: str = "cpu",
    target: Any = None,
    quantiles: Any = None,
    context: Any = None,
    budget: Any = None,
    **opening: Any,
) -> Forecast:
    """Fill the gaps of any data: see `Model.impute`; arguments as of `forecast`."""
    options = _given(target=target, quantiles=quantiles, context=context, budget=budget)
    return _told(_model(model, device).impute(_field(data, opening), **options))


def interpolate(
    data: Any,
    at: Any,
    *,
    model: Any = None,
    device: str = "cpu",
    target: Any = None,
    quantiles: Any = None,
    context: Any = None,
    budget: Any = None,
    **opening: Any,
) -> Forecast:
    """Read any data at other places: see `Model.interpolate`; arguments as of `forecast`."""
    options = _given(target=target, quantiles=quantiles, context=context, budget=budget)
    return _told(_model(model, device).interpolate(_field(data, opening), at, **options))


def downscale(
    data: Any,
    factor: Any = None,
    *,
    to: Any = None,
    like: Any = None,
    model: Any = None,
    device: str = "cpu",
    target: Any = None,
    quantiles: Any = None,
    budget: Any = None,
    **opening: Any,
) -> Forecast:
    """Look inside the cells of any grid: see `Model.downscale`; arguments as of `forecast`."""
    options = _given(to=to, like=like, target=target, quantiles=quantiles, budget=budget)
    return _told(_model(model, device).downscale(_field(data, opening), factor, **options))


def simulate(
    data: Any,
    horizon: Any = 24,
    n: int = 50,
    seed: int = 0,
    *,
    fill: bool = False,
    model: Any = None,
    device: str = "cpu",
    at: Any = None,
    target: Any = None,
    context: Any = None,
    known_future: Any = (),
    budget: Any = None,
    **opening: Any,
) -> Simulation:
    """Draw whole futures of any data: see `Model.simulate`; arguments as of `forecast`."""
    options = _given(at=at, target=target, context=context, budget=budget)
    options |= {"known_future": known_future} if known_future else {}
    return _told(_model(model, device).simulate(_field(data, opening), horizon, n, seed, fill=fill, **options))


def detect(
    data: Any,
    rate: float = 0.01,
    *,
    model: Any = None,
    device: str = "cpu",
    target: Any = None,
    context: Any = None,
    budget: Any = None,
    **opening: Any,
) -> Detection:
    """Find what is surprising in any data: see `Model.detect`; arguments as of `forecast`."""
    options = _given(target=target, context=context, budget=budget)
    return _told(_model(model, device).detect(_field(data, opening), rate, **options))


def embed(
    data: Any,
    per: str = "place",
    *,
    model: Any = None,
    device: str = "cpu",
    target: Any = None,
    window: Any = None,
    context: Any = None,
    budget: Any = None,
    **opening: Any,
) -> Embedding:
    """Vectors of the places of any data: see `Model.embed`; arguments as of `forecast`."""
    options = _given(target=target, window=window, context=context, budget=budget)
    return _told(_model(model, device).embed(_field(data, opening), per, **options))


def _given(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _model(model: Any, device: str) -> Model:
    from chronotope.tasks.load import as_model, load

    return load(model, device=device) if model is None or isinstance(model, str) else as_model(model)


def _field(data: Any, opening: dict[str, Any]) -> Field:
    """The data opened with its options.

    Raises:
        ArgumentError: an option is none of opening, or data that is open is to be read with one.
    """
    from dataclasses import fields

    from chronotope.data.field import Field
    from chronotope.errors import unknown
    from chronotope.opening.asked.options import OpenOptions
    from chronotope.opening.open import open_field

    known = [one.name for one in fields(OpenOptions)]
    for name in opening:
        if name not in known:
            raise unknown("This call", name, [*known, "model", "target", "context", "quantiles", "budget"])
    if isinstance(data, Field):
        if opening:
            raise ArgumentError(f"{next(iter(opening))} says how data are read; a Field is open already. Give it to chronotope.open.")
        return data
    return open_field(data, **opening)


def _told(made: Any) -> Any:
    """The result; what looks wrong is said to whoever called, outside of this package."""
    import sys

    depth = 1
    while str(sys._getframe(depth).f_globals.get("__name__", "")).startswith(OURS):
        depth += 1
    for text in made.meta.get("warnings", ()):
        warnings.warn(f"{made.history.source}: {text}", DataWarning, stacklevel=depth + 1)
    return made
