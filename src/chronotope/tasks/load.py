"""From a name to a Model: shipped weights, a folder of weights, a floor, or a rival."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from chronotope.baselines import BASELINES, TRACK_FLOORS, VECTOR_FLOORS
from chronotope.baselines.networks import NETWORKS
from chronotope.baselines.rivals import RIVALS, rival, rival_class
from chronotope.errors import ArgumentError
from chronotope.model.load import found_device
from chronotope.questions import Want
from chronotope.tasks.verbs import Model
from chronotope.wrappers.best import best
from chronotope.wrappers.taught.kept import with_taught

PREFIX = "baseline:"
RIVAL = "rival:"
BEST = "best"


def load(name: str | Path | None = None, *, device: str = "cpu") -> Model:
    """A model by name: None for the best weights that ship, "tiny", a folder of weights, "baseline:NAME" or "rival:NAME".

    "best" is those weights and the floors: of each variable that answers which erred least on the field's own past (`wrappers.best`).

    Args:
        name: as above.
        device: where a network computes: "cpu", "cuda", "cuda:1", "mps", or "auto" for the best there is; floors always use the processor.

    Raises:
        ArgumentError: there is nothing of that name, and the message lists what there is; or the device is not there.
        MissingExtraError: the package behind a rival is not installed; the message says how to get it.
    """
    if name is not None and not isinstance(name, (str, Path)):
        raise ArgumentError(f"A model's name must be text or a folder; found {name!r}.")
    if device != "cpu":
        device = found_device(device)
    if isinstance(name, str) and name.startswith(PREFIX):
        return Model(_floor(name.removeprefix(PREFIX))())
    if isinstance(name, str) and name.startswith(RIVAL):
        return Model(rival(name.removeprefix(RIVAL)))
    from chronotope.model.load import find_weights, load_predictor

    if name == BEST:
        return Model(best(load_predictor(None, device)))
    return Model(with_taught(find_weights(name), load_predictor(name, device)))


def as_model(model: Any) -> Model:
    """A Model from a Model, a name or a bare predictor.

    Raises:
        ArgumentError: it is none of them.
    """
    if isinstance(model, Model):
        return model
    if isinstance(model, (str, Path)):
        return load(model)
    if isinstance(model, type):
        raise ArgumentError(f"A model must be an object; found the class {model.__name__}. Give one of it, {model.__name__}().")
    if hasattr(model, "answer") and hasattr(model, "name"):
        _check_gives(model)
        return Model(model)
    raise ArgumentError(
        f"A model must be a Model, a name such as 'tiny' or 'baseline:mix', or an object with name, kind, gives and answer; "
        f"found {model!r}."
    )


def as_models(models: Any) -> list[Model]:
    """Models from one or several.

    Raises:
        ArgumentError: there is none, or one is no model.
    """
    made = [as_model(one) for one in (models if isinstance(models, (list, tuple)) else [models])]
    if not made:
        raise ArgumentError("models must name at least one model; found none.")
    return made


def _check_gives(predictor: Any) -> None:
    """Refuse an object that does not say which forms of answers it gives."""
    gives = getattr(predictor, "gives", None)
    wants = gives if isinstance(gives, (frozenset, set, tuple, list)) else ()
    if not wants or not all(isinstance(want, type) and issubclass(want, Want) for want in wants):
        raise ArgumentError(
            f"A model must say in gives which answers it has, such as frozenset({{Quantiles}}) of chronotope.questions; "
            f"that of {predictor.name} is {gives!r}. AbstractQuantilePredictor brings it."
        )


def models() -> pd.DataFrame:
    """A table of what `load` knows by name: the weights that ship, the floors, networks trained on the data itself, other packages."""
    from chronotope.model.load import list_models

    rows = [{"name": m["name"], "kind": "network", "parameters": m.get("parameters"), "what": "pretrained weights"} for m in list_models()]
    rows += [{"name": BEST, "kind": "network", "what": "the best weights, or the plain method that erred less on the field's own past"}]
    rows += [{"name": PREFIX + name, "kind": "floor", "parameters": 0, "what": _what(name)} for name in _floors()]
    rows += [{"name": PREFIX + name, "kind": "trained network", "what": make.__doc__} for name, make in NETWORKS.items()]
    rows += [{"name": RIVAL + name, "kind": "rival", "what": _first_line(rival_class(name))} for name in RIVALS]
    return pd.DataFrame(rows, columns=["name", "kind", "parameters", "what"], dtype=object).set_index("name")


def _floor(name: str) -> Any:
    known: dict[str, Any] = {**_floors(), **NETWORKS}
    if name not in known:
        raise ArgumentError(f"A baseline must be one of {', '.join(PREFIX + word for word in known)}; found {PREFIX + name!r}.")
    return known[name]


def _floors() -> dict[str, Any]:
    return {**BASELINES, **VECTOR_FLOORS, **TRACK_FLOORS}


def _what(name: str) -> str:
    return _first_line(_floors()[name]())


def _first_line(made: object) -> str:
    return (made.__doc__ or "").strip().splitlines()[0]
