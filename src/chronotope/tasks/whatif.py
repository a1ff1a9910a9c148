"""What-if: a variable is set to other values, or a place is closed, and the answer is moved by what followed such values before.

forecast of what is --------------------------------------------------> as it is
what is set less what would be --response, learnt from the past-------> difference
both ------------------------------------------------------------------> then
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from chronotope.data.arguments import names_of
from chronotope.data.columns import whole_name
from chronotope.data.field import Field
from chronotope.data.folding import channel_labels
from chronotope.errors import ArgumentError, DataError
from chronotope.questions import QUANTILE_LEVELS, Predictor
from chronotope.tasks.forecast import Prepared, prepared
from chronotope.tasks.responding.settings import checked
from chronotope.tasks.responding.supposing import SURE, Supposition, supposed
from chronotope.tasks.results.forecast import Forecast
from chronotope.tasks.results.whatif import WhatIf
from chronotope.tasks.times import check_levels

PARTS = ("as_it_is", "then", "difference")


def whatif(
    predictor: Predictor,
    field: Field,
    horizon: Any,
    settings: Any = None,
    close: Any = (),
    *,
    at: Any = None,
    target: Any = None,
    quantiles: Any = QUANTILE_LEVELS,
    context: Any = None,
    known_future: Any = (),
) -> WhatIf:
    """Both forecasts and their difference; see `Model.whatif`."""
    names = [*field.variables, *map(str, field.side.known_future.data_vars)]
    wanted = {whole_name(name, names): value for name, value in checked(settings).items()}
    closed = names_of(close, "close")
    if not wanted and not closed:
        raise ArgumentError('Something must be different: set={"temp": "+2"}, or close=["A"]; found neither.')
    levels = check_levels(quantiles)
    ready = _prepared(field, horizon, tuple(wanted), at, target, context, known_future, tuple(sorted({*levels, 0.5})))
    rows = ready.ask.origins
    found = [supposed(predictor, ready, wanted, closed, row) for row in rows]
    _refuse_unsure(found[-1], ready.names, (*wanted, *(f"the closing of {name}" for name in closed)))
    meta = ready.described(predictor) | {"task": "whatif", "set": {k: _words(v) for k, v in wanted.items()}, "closed": list(closed)}
    meta |= {"sureness": found[-1].sureness, "warnings": sorted({text for one in found for text in one.warnings})}
    kept = [ready.ask.levels.index(level) for level in levels]
    as_it_is, then, difference = (
        Forecast(ready.labelled([(getattr(one, part)[kept], one.times) for one in found], "quantile", levels), field, meta)
        for part in PARTS
    )
    return WhatIf(as_it_is, then, difference, _summary(found, ready), meta)


def _prepared(
    field: Field, horizon: Any, names: tuple[str, ...], at: Any, target: Any, context: Any, known_future: Any, levels: tuple[float, ...]
) -> Prepared:
    """The call, in which what is set is not answered; what lies beside the field is known ahead."""
    ahead = [str(name) for name in field.side.known_future.data_vars]
    unknown = [name for name in names if name not in field.variables and name not in ahead]
    if unknown:
        raise ArgumentError(
            f"set must name variables of the data ({', '.join([*field.variables, *ahead])}); found {unknown[0]!r}."
            + field.way_out(unknown[0])
        )
    for name in names:
        if name in field.variables and len(channel_labels(field.dataset[name], field.space)) > 1:
            raise ArgumentError(f"set takes variables with one value at a place; {name!r} has levels. Take one of them out first.")
    known = names_of(known_future, "known_future")
    if target is None:
        target = [name for name in field.variables if name not in names and name not in known]
        if not target:
            raise ArgumentError("At least one variable must be left to answer; all are set or known. Open the data with another one.")
    clash = [name for name in field.chosen(target) if name in names]
    if clash:
        raise ArgumentError(f"A variable must not be both target and set; found {clash[0]!r} in both.")
    known += tuple(name for name in names if name not in field.variables and name not in known)
    return prepared(field, horizon, at=at, target=target, context=context, known_future=known, levels=levels)


def _refuse_unsure(found: Supposition, names: tuple[str, ...], causes: tuple[str, ...]) -> None:
    """Refuse what nothing that is asked was ever seen to follow.

    Raises:
        DataError: as it says.
    """
    for cause in causes:
        best = max(found.sureness[cause].values())
        if best < SURE:
            listed, told = ", ".join(names), np.floor(10 * best) / 10  # never as much as is needed
            raise DataError(
                f"The past must show that {listed} follow{'s' if len(names) == 1 else ''} {cause}; where it was not learnt from, "
                f"it tells nothing ({told:.1f} standard errors, {SURE:g} are needed). Set another variable, or give a longer past."
            )


def _words(value: Any) -> Any:
    """A setting as text or number."""
    if isinstance(value, (str, int, float)):
        return value
    return f"{len(value)} values" if isinstance(value, (pd.Series, pd.DataFrame)) else f"{np.size(value)} values"


def _summary(found: list[Supposition], ready: Prepared) -> pd.DataFrame:
    """A row per origin and channel that is answered: the mean over all asked cells."""
    names = np.array(ready.panel.variables)[ready.ask.target]
    rows = [
        {"origin": ready.panel.times[row], "variable": str(name), **one.summary[str(name)]}
        for one, row in zip(found, ready.ask.origins)
        for name in names
    ]
    return pd.DataFrame(rows)
