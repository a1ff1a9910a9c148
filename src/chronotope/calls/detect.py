"""detect: open, ask what was to be expected, write how surprising every value is, and say the events."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import field_validator

from chronotope.calls.progress import SILENT, Progress
from chronotope.calls.reporting import Reporting, report
from chronotope.calls.result import Result, Shown, Sketch, wrote
from chronotope.calls.schema import CELL, MODEL, RESULT, WRITING, Asking, option
from chronotope.calls.sketch import sketch_detection
from chronotope.calls.work import check_outputs, model_of, open_and_warn, set_up

SHOWN = 12  # events


class DetectCall(Reporting, Asking):
    """Find what is surprising: single values, stuck runs, shifts, drifts, outages."""

    rate: float = option(0.01, "share of clean values that may be flagged", "--rate", metavar="SHARE")
    cell: float | None = option(None, CELL, metavar="SIZE")
    causal: bool = option(False, "judge each value by what came before it alone, as a stream would")
    model: str | None = option(None, MODEL, "--model", "-m", metavar="NAME")
    output: Path = option(..., RESULT, "--output", "-o", metavar="OUT", panel=WRITING)
    events: Path | None = option(None, "also write the events: .csv or .parquet", metavar="OUT", panel=WRITING)
    overwrite: bool = option(False, "replace what is already there", panel=WRITING)

    @field_validator("rate")
    @classmethod
    def _share(cls, value: float) -> float:
        if not 0 < value < 0.5:
            raise ValueError("must be a share between 0 and 0.5, such as 0.01")
        return value


def run(call: DetectCall, progress: Progress = SILENT) -> Result:
    """How surprising the values of a file are, written to another."""
    from chronotope.data.writers import check_output, write

    check_outputs(call, call.report)
    if call.events is not None:
        check_output(call.events, call.overwrite)
    field = open_and_warn(call, progress)
    set_up(call)
    with progress.working("looking"):
        options: dict[str, Any] = {"cell": call.cell, "step": call.step if field.kind == "events" else None, "causal": call.causal}
        found = model_of(call.model, call.device).detect(field, rate=call.rate, target=call.target, context=call.context, **options)
        found.save(call.output, overwrite=call.overwrite)
        events = found.events()
        if call.events is not None:
            flat = events.assign(places=[" ".join(map(str, places)) for places in events["places"]])
            write(flat, call.events, overwrite=call.overwrite)
    report(call, "detect", found, progress)
    progress.warn(found.meta["warnings"])
    facts = {"output": call.output, "variables": list(found.variables), "meta": found.meta, "events": events}
    meta = found.meta
    what = {"events": ("events", "clusters"), "tracks": ("fixes", "events")}.get(field.kind, ("values", "events"))
    said = f"{meta['flagged']} of {meta['observed']} {what[0]} flagged, {meta['events']} {what[1]}"
    top = Shown(events[["start", "end", "kind", "peak_score", "evidence"]].head(SHOWN), "the most surprising", hidden=("end",))
    shown: tuple[str | Shown | Sketch, ...] = (
        *sketch_detection(found),
        said,
        *([top] if len(events) else []),
        *wrote(call.output, call.events, call.report),
    )
    return Result(found, facts | {"warnings": meta["warnings"]}, shown)
