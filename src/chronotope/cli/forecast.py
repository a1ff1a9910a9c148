"""`chronotope forecast`: open, ask, write, and perhaps a page with pictures."""

from __future__ import annotations

from chronotope.cli.schemas import ForecastCall
from chronotope.cli.work import caution, check_outputs, open_and_warn, save, set_up, tell, waiting


def run(call: ForecastCall) -> None:
    """Write the forecast of a file to another."""
    check_outputs(call, call.report)
    field = open_and_warn(call, *call.known_future)
    unread = [name for name in ("notes", "pois") if getattr(call, name) is not None]
    unread += ["future"] if call.future is not None and not call.known_future else []
    caution(call, [f"{name}= is not read by a forecast" + (" without known_future=" if name == "future" else "") for name in unread])
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
        save(call, fc)
        if call.report is not None:
            from chronotope.view.report import write_report

            write_report(call.report, fc, overwrite=call.overwrite)
    caution(call, fc.meta["warnings"], field.warnings)
    result = fc.to_xarray()
    facts = {"output": call.output, "report": call.report, "variables": list(result.data_vars), "sizes": dict(result.sizes)}
    said = f"wrote {call.output}" + (f" and {call.report}" if call.report else "")
    tell(call, said, {**facts, "meta": fc.meta, "warnings": fc.meta["warnings"]})
