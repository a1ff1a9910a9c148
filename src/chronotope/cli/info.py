"""`chronotope info`: what is in a file, what was inferred, what looks wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chronotope.cli.schemas import InfoCall
from chronotope.cli.work import open_data, set_up, tell

if TYPE_CHECKING:
    from chronotope.data.field import Field


def run(call: InfoCall) -> None:
    """Print what `print(ct.open(...))` shows."""
    from chronotope.inspect.describe import facts

    field = open_data(call)
    set_up(call)
    about = {label: text for label, text in facts(field) if text}
    details = {"source": field.source, "kind": field.kind, "names": list(field.variables), "units": field.units, "shape": list(field.shape)}
    details["roles"] = field.side.roles
    if call.json_output:
        details |= {"text": about, "findings": _findings(field)}
    said = str(field)
    if call.quality:
        measured = str(field.quality())
        said, details = f"{said}\n\n{measured}", {**details, "quality": measured}
    tell(call, said, details)


def _findings(field: Field) -> list[dict[str, str]]:
    """Everything that `print(field)` says was inferred or looks wrong."""
    from chronotope.inspect.describe import all_findings

    return [{"level": note.level, "text": note.text} for note in all_findings(field)]
