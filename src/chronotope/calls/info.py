"""info: what is in a file, what was inferred, what looks wrong."""

from __future__ import annotations

from chronotope.calls.progress import SILENT, Progress
from chronotope.calls.result import Result
from chronotope.calls.schema import Beside, option
from chronotope.calls.work import open_data, set_up


class InfoCall(Beside):
    """Say what is in a file, what was inferred, and what looks wrong."""

    quality: bool = option(False, "also measure gaps, filled stretches, periods, memory and reach")


def run(call: InfoCall, progress: Progress = SILENT) -> Result:
    """What `print(ct.open(...))` shows; of a call that names targets these alone."""
    from chronotope.inspect.describe import all_findings, facts

    field = open_data(call, only=True)
    progress.opened(call, field)
    set_up(call)
    known = {"source": field.source, "kind": field.kind, "names": list(field.variables), "units": field.units, "shape": list(field.shape)}
    known |= {"roles": field.side.roles, "text": {label: text for label, text in facts(field) if text}}
    known |= {"findings": [{"level": note.level, "text": note.text} for note in all_findings(field)]}
    said = str(field)
    if call.quality:
        known["quality"] = str(field.quality())
        said = f"{said}\n\n{known['quality']}"
    return Result(field, known, (said,))
