"""`chronotope forecast`: open, ask, write, and perhaps a page with pictures."""

from __future__ import annotations

from chronotope.cli.schemas import ForecastCall
from chronotope.cli.work import check_outputs, open_data, set_up, tell, waiting


def run(call: ForecastCall) -> None:
    """Write the forecast of a file to another."""
    check_outputs(call, call.report)
    field = open_data(call, *call.known_future)
    set_up(call)
    with waiting(call, "forecasting"):
        import chronotope as ct

        at = call.at[0] if call.at and len(call.at) == 1 else call.at
        fc = ct.load(call.model).forecast(
            field,
            call.horizon,
            at=at,
            target=call.target,
            quantiles=call.quantiles,
            context=call.context,
            known_future=tuple(call.known_future),
        )
        fc.save(call.output, overwrite=call.overwrite)
        if call.report is not None:
            from chronotope.view.report import write_report

            write_report(call.report, fc, overwrite=call.overwrite)
    result = fc.to_xarray()
    facts = {"output": call.output, "report": call.report, "variables": list(result.data_vars), "sizes": dict(result.sizes)}
    said = f"wrote {call.output}" + (f" and {call.report}" if call.report else "")
    tell(call, said, {**facts, "meta": fc.meta})
