"""Reconcile: what is to be said of answers that were made to add up."""

from __future__ import annotations

from typing import Any

import numpy as np

from chronotope.data.field import Field
from chronotope.questions import Predictor
from chronotope.wrappers.reconciled import Reconciled, can_add_up

NOTICED = 1e-3  # of its size, by which the past may break a rule without a word


def told_of(predictor: Predictor, field: Field) -> dict[str, Any]:
    """Entries of `meta`: how many rules hold, the sums that are none of the places, and a warning where the past itself breaks them."""
    assert isinstance(predictor, Reconciled)
    panel = field.panel()
    rules = predictor.rules_of(panel)
    adds = can_add_up(panel, panel.values)
    missed = max((rules.missed(panel.values[..., k].astype(float)) for k in np.flatnonzero(adds)), default=0.0)
    alone = ", ".join(name for name, whole in zip(panel.variables, adds) if not whole)
    told = [f"{alone}: sums of directions, temperatures and shares say nothing, so these are not made to add up"] if alone else []
    told += [] if missed <= NOTICED else [f"the data itself does not add up as reconcile= says: it misses by {missed:.1%} of its size"]
    return {"reconciled": len(rules.rules), "sums": list(rules.names), "warnings": told} if np.isfinite(missed) else {}
