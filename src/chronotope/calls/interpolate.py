"""interpolate: open, read at other places, write."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from chronotope.calls.progress import SILENT, Progress
from chronotope.calls.result import Result, wrote
from chronotope.calls.schema import ModelCall, option
from chronotope.calls.work import about, check_outputs, model_of, open_and_warn, set_up
from chronotope.errors import DataError, NoFileError

if TYPE_CHECKING:
    import pandas as pd


class InterpolateCall(ModelCall):
    """Read between the sensors: values at other places, also such as were never observed."""

    at: Path = option(..., "table of the places: columns lat, lon (or x, y) and perhaps a name", "--at", metavar="PLACES")


def run(call: InterpolateCall, progress: Progress = SILENT) -> Result:
    """The values at the places of a table, written to a file."""
    check_outputs(call)
    places = read_places(call.at)
    field = open_and_warn(call, progress)
    if call.edges is not None:
        progress.warn(["edges= is not read: a place that is new has none"])
    set_up(call)
    with progress.working("reading between the places"):
        model = model_of(call.model, call.device)
        read = model.interpolate(field, places, target=call.target, quantiles=call.quantiles, context=call.context)
        read.save(call.output, overwrite=call.overwrite)
    progress.warn(read.meta["warnings"])
    return Result(read, about(call, read), wrote(call.output))


def read_places(path: Path, name: str = "--at") -> pd.DataFrame:
    """The table of places, text or Parquet; names such as 01001 stay as they are written."""
    import pandas as pd

    from chronotope.opening.readers.text_tables import read_table

    if not path.exists():
        raise NoFileError(f"{name} must name a table of places; {path} does not exist. Give a CSV with columns lat and lon.")
    try:
        return pd.read_parquet(path) if path.suffix == ".parquet" else read_table(path)
    except (ValueError, OSError) as error:
        said = f"{name} must name a table of places; {path} could not be read ({error}). Give a CSV with columns lat and lon."
        raise DataError(said) from error
