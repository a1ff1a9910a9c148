"""`chronotope impute`: open, fill the gaps, write."""

from __future__ import annotations

from chronotope.cli.schemas import ImputeCall
from chronotope.cli.work import caution, check_outputs, open_and_warn, save, set_up, tell, waiting


def run(call: ImputeCall) -> None:
    """Write a file with its gaps filled to another."""
    check_outputs(call)
    field = open_and_warn(call)
    set_up(call)
    with waiting(call, "filling"):
        import chronotope as ct

        filled = ct.load(call.model).impute(field, target=call.target, quantiles=call.quantiles, context=call.context)
        save(call, filled)
    caution(call, filled.meta["warnings"], field.warnings)
    result = filled.to_xarray()
    facts = {"output": call.output, "variables": list(result.data_vars), "sizes": dict(result.sizes)}
    said = f"wrote {call.output}: {filled.meta['filled']} values filled"
    tell(call, said, {**facts, "meta": filled.meta, "warnings": filled.meta["warnings"]})
