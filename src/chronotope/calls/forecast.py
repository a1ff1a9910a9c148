"""forecast: open, ask, write, and perhaps a page with pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator

from chronotope.calls.places import read_places
from chronotope.calls.progress import SILENT, Progress
from chronotope.calls.reporting import Reporting, report, timed
from chronotope.calls.result import Result, wrote
from chronotope.calls.schema import CELL, RECONCILE, Beside, FormCall, KnownFuture, Length, option, texts
from chronotope.calls.sketch import sketch_forecast
from chronotope.calls.work import about, check_outputs, model_of, open_and_warn, save, set_up, table_of_groups
from chronotope.errors import ArgumentError

if TYPE_CHECKING:
    from chronotope.data.field import Field


ALONG = "of moving points: table of times and positions ahead (and objects) to answer, instead of where the objects are likely to be"


class ForecastCall(Reporting, KnownFuture, FormCall):
    """Forecast what comes next, with intervals."""

    horizon: Length = option(..., "steps ahead, or a length of time such as 6h or 2d", "--horizon", metavar="STEPS")
    at: Annotated[list[str] | None, BeforeValidator(texts)] = option(
        None, "the last time that is read; may be repeated; the end of the data by default", metavar="TIME"
    )
    cell: float | None = option(None, CELL, metavar="SIZE")
    along: Path | None = option(None, ALONG, metavar="ROWS")
    reconcile: Path | None = option(None, RECONCILE, metavar="FILE")


def unread(call: Beside, known_future: list[str]) -> list[str]:
    """A sentence for each side file that was named and is not read."""
    names = [name for name in ("notes", "pois") if getattr(call, name) is not None]
    names += ["future"] if call.future is not None and not known_future else []
    return [f"{name}= is not read by a forecast" + (" without known_future=" if name == "future" else "") for name in names]


def run(call: ForecastCall, progress: Progress = SILENT) -> Result:
    """The forecast of a file, written to another."""
    check_outputs(call, call.report)
    field = open_and_warn(call, progress, *call.known_future)
    progress.warn(unread(call, call.known_future))
    set_up(call)
    if field.kind == "events":
        return _counted(call, field, progress)
    if call.cell is not None:
        raise ArgumentError(f"--cell is for events, which are counted in cells; {call.file} is read as {field.kind}. Give --kind events.")
    with progress.working("forecasting"):
        options: dict[str, Any] = {key: getattr(call, key) for key in ("target", "quantiles", "context")}
        at = call.at[0] if call.at and len(call.at) == 1 else call.at
        if call.along is not None:
            options["along"] = read_places(call.along, "--along", "time, lat and lon")
        options["reconcile"] = table_of_groups(call.reconcile)
        model = model_of(call.model, call.device)
        fc, seconds = timed(lambda: model.forecast(field, call.horizon, at=at, known_future=tuple(call.known_future), **options))
        save(call, fc)
    from chronotope.calls import proof

    report(call, "forecast", fc, progress, lambda: proof.forecasts(model, field, fc, seconds, call.target, call.context, call.known_future))
    progress.warn(fc.meta["warnings"])
    said = f"wrote {call.output}" + (f" and {call.report}" if call.report else "")
    return Result(fc, about(call, fc, report=call.report), (*sketch_forecast(fc), said))


def _counted(call: ForecastCall, field: Field, progress: Progress) -> Result:
    """The forecast of events: --step is the step in which they are counted, as they have none of their own."""
    if call.form is not None or call.reconcile is not None:
        raise ArgumentError("--form and --reconcile are for fields with values; events are answered in cells. Leave them out.")
    with progress.working("forecasting"):
        at = call.at[0] if call.at and len(call.at) == 1 else call.at
        options: dict[str, Any] = {"quantiles": call.quantiles, "context": call.context, "known_future": tuple(call.known_future)}
        model = model_of(call.model, call.device)
        made = model.forecast(field, call.horizon, at=at, step=call.step, cell=call.cell, **options)
        made.save(call.output, overwrite=call.overwrite)
    from chronotope.calls import proof

    report(call, "forecast", made, progress, lambda: proof.events(model, field, made))
    progress.warn(made.meta["warnings"])
    said = f"wrote {call.output}: events in steps of {made.meta['step']} and cells of {made.meta['cell']:g}"
    return Result(made, about(call, made, report=call.report), (said, *wrote(call.report)))
