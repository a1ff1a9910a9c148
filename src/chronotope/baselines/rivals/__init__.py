"""Rivals: forecasters of other packages, with the contract of the model; each is imported when it is asked for by name.

`RIVALS` maps a name to the class behind it. `rival("flair")` makes one, `rival("chronos2?path=folder")` one with arguments.
"""

from __future__ import annotations

import inspect
from importlib import import_module
from urllib.parse import parse_qsl

from chronotope.baselines.rivals.base import AbstractRival
from chronotope.errors import ArgumentError

RIVALS: dict[str, str] = {
    "auto_ets": "statistical.AutoETS",
    "auto_theta": "statistical.AutoTheta",
    "mstl": "statistical.MSTL",
    "lightgbm": "boosting.LightGBM",
    "fracast": "fracast.Fracast",
    "flair": "flair.Flair",
    "pykrige": "kriging.PyKrige",
    "pysteps": "nowcast.Pysteps",
    "chronos2": "pretrained.Chronos2",
    "timesfm": "pretrained.TimesFM",
    "tirex": "pretrained.TiRex",
    "toto": "pretrained.Toto",
}
"""Those of `pretrained` need a folder of weights that you have; nothing is ever fetched."""


def rival_class(name: str) -> type[AbstractRival]:
    """The class of a rival, without the package behind it.

    Raises:
        ArgumentError: there is no such rival.
    """
    if name not in RIVALS:
        raise ArgumentError(f"A rival must be one of {', '.join('rival:' + known for known in RIVALS)}; found {'rival:' + name!r}.")
    module, _, attribute = RIVALS[name].partition(".")
    return getattr(import_module(f"{__name__}.{module}"), attribute)


def rival(call: str) -> AbstractRival:
    """A rival by name, with arguments of its class after a question mark: "lightgbm", "chronos2?path=weights&context=2048".

    Raises:
        ArgumentError: there is no such rival, or it takes no such argument.
        MissingExtraError: its package is not installed.
        NoFileError: the folder of weights is not there.
    """
    name, _, rest = call.partition("?")
    made = rival_class(name)
    known = list(inspect.signature(made).parameters)
    given = dict(parse_qsl(rest, keep_blank_values=True))
    unknown = [key for key in given if key not in known]
    if unknown:
        raise ArgumentError(f"rival:{name} takes {', '.join(known) or 'no arguments'}; found {unknown[0]!r}.")
    return made(**{key: _number(value, f"{name}?{key}") if key != "path" else value for key, value in given.items()})


def _number(text: str, where: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentError(f"rival:{where} must be a whole number above 0; found {text!r}.")
    return int(text)
