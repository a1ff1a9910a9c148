"""`chronotope impute`: open, fill the gaps, write."""

from __future__ import annotations

from chronotope.cli.schemas import ImputeCall
from chronotope.cli.work import check_outputs, open_data, set_up, tell, waiting


def run(call: ImputeCall) -> None:
    """Write a file with its gaps filled to another."""
    check_outputs(call)
    field = open_data(call)
    set_up(call)
    with waiting(call, "filling"):
        import chronotope as ct

        filled = ct.load(call.model).impute(field, quantiles=call.quantiles)
        filled.save(call.output, overwrite=call.overwrite)
    result = filled.to_xarray()
    facts = {"output": call.output, "variables": list(result.data_vars), "sizes": dict(result.sizes), "meta": filled.meta}
    tell(call, f"wrote {call.output}", facts)
