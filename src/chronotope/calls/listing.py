"""models and samples: what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chronotope.calls.progress import SILENT, Progress
from chronotope.calls.result import Result, Shown
from chronotope.calls.schema import Call

if TYPE_CHECKING:
    import pandas as pd


class ModelsCall(Call):
    """List the weights that ship, and the baselines."""


class SamplesCall(Call):
    """List the real data that ships."""


def models(call: ModelsCall, progress: Progress = SILENT) -> Result:
    """The weights that ship, and the baselines."""
    from chronotope.tasks.load import models as table

    return _listed(table())


def samples(call: SamplesCall, progress: Progress = SILENT) -> Result:
    """The real samples that ship."""
    from chronotope.opening.samples import samples as table

    return _listed(table())


def _listed(table: pd.DataFrame) -> Result:
    return Result(table, {"rows": table}, (Shown(table),))
