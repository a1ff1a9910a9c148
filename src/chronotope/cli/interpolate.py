"""`chronotope interpolate`: open, read at other places, write."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from chronotope.cli.schemas import InterpolateCall
from chronotope.cli.work import check_outputs, open_data, set_up, tell, waiting
from chronotope.errors import DataError, NoFileError

if TYPE_CHECKING:
    import pandas as pd


def run(call: InterpolateCall) -> None:
    """Write the values at the places of a table."""
    check_outputs(call)
    places = _read_places(call.at)
    field = open_data(call)
    set_up(call)
    with waiting(call, "reading between the places"):
        import chronotope as ct

        read = ct.load(call.model).interpolate(field, places, quantiles=call.quantiles)
        read.save(call.output, overwrite=call.overwrite)
    result = read.to_xarray()
    facts = {"output": call.output, "variables": list(result.data_vars), "sizes": dict(result.sizes), "meta": read.meta}
    tell(call, f"wrote {call.output}", facts)


def _read_places(path: Path) -> pd.DataFrame:
    """The table of places, CSV or Parquet."""
    import pandas as pd

    if not path.exists():
        raise NoFileError(f"--at must name a table of places; {path} does not exist. Give a CSV with columns lat and lon.")
    try:
        return pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
    except (ValueError, OSError) as error:
        said = f"--at must name a table of places; {path} could not be read ({error}). Give a CSV with columns lat and lon."
        raise DataError(said) from error
