"""`chronotope models` and `chronotope samples`: what is there."""

from __future__ import annotations

from chronotope.cli.schemas import ModelsCall, SamplesCall
from chronotope.cli.work import tell_table


def models(call: ModelsCall) -> None:
    """The weights that ship, and the baselines."""
    import chronotope as ct

    tell_table(call, ct.models())


def samples(call: SamplesCall) -> None:
    """The real samples that ship."""
    from chronotope.opening.samples import samples as table

    tell_table(call, table())
