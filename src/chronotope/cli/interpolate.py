"""`chronotope interpolate`: open, read at other places, write."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from chronotope.cli.schemas import InterpolateCall
from chronotope.cli.work import caution, check_outputs, open_and_warn, set_up, tell, waiting
from chronotope.errors import DataError, NoFileError

if TYPE_CHECKING:
    import pandas as pd


def run(call: InterpolateCall) -> None:
    """Write the values at the places of a table."""
    check_outputs(call)
    places = _read_places(call.at)
    field = open_and_warn(call)
    if call.edges is not None:
        caution(call, ["edges= is not read: a place that is new has none"])
    set_up(call)
    with waiting(call, "reading between the places"):
        import chronotope as ct

        read = ct.load(call.model).interpolate(field, places, target=call.target, quantiles=call.quantiles, context=call.context)
        read.save(call.output, overwrite=call.overwrite)
    caution(call, read.meta["warnings"], field.warnings)
    result = read.to_xarray()
    facts = {"output": call.output, "variables": list(result.data_vars), "sizes": dict(result.sizes)}
    tell(call, f"wrote {call.output}", {**facts, "meta": read.meta, "warnings": read.meta["warnings"]})


def _read_places(path: Path) -> pd.DataFrame:
    """The table of places, text or Parquet; names such as 01001 stay as they are written."""
    import pandas as pd

    from chronotope.opening.readers.text_tables import read_table

    if not path.exists():
        raise NoFileError(f"--at must name a table of places; {path} does not exist. Give a CSV with columns lat and lon.")
    try:
        return pd.read_parquet(path) if path.suffix == ".parquet" else read_table(path)
    except (ValueError, OSError) as error:
        said = f"--at must name a table of places; {path} could not be read ({error}). Give a CSV with columns lat and lon."
        raise DataError(said) from error
