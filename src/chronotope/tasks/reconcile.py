"""Reconcile: what is to be said of answers that were made to add up."""

from __future__ import annotations

from typing import Any

import numpy as np

from chronotope.data.field import Field
from chronotope.questions import Predictor
from chronotope.wrappers.reconciled import Reconciled

NOTICED = 1e-3  # of its size, by which the past may break a rule without a word


def told_of(predictor: Predictor, field: Field) -> dict[str, Any]:
    """Entries of `meta`: how many rules hold, the sums that are none of the places, and a warning where the past itself breaks them."""
    assert isinstance(predictor, Reconciled)
    panel = field.panel()
    rules = predictor.rules_of(panel)
    missed = max(rules.missed(panel.values[..., k].astype(float)) for k in range(len(panel.variables)))
    told = [] if missed <= NOTICED else [f"the data itself does not add up as reconcile= says: it misses by {missed:.1%} of its size"]
    return {"reconciled": len(rules.rules), "sums": list(rules.names), "warnings": told} if np.isfinite(missed) else {}
