"""Saved runs: every forecast of a back-test with its truth in one file, from which the scores come again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.errors import ChronotopeError, DataError, NoFileError
from chronotope.evaluate.asking import Cost
from chronotope.evaluate.scores.groups import check_by
from chronotope.evaluate.scores.sums import assemble, collapse
from chronotope.evaluate.scores.table import Entry, Run, table_of
from chronotope.questions import QUANTILE_LEVELS

CELL = ("origin", "lead", "place", "channel")


def save_run(
    path: str | Path, run: Run, answers: list[np.ndarray], truth: np.ndarray, overwrite: bool = False, ways: np.ndarray | None = None
) -> Path:
    """Write answers (q, o, h, n, v) of every entry of a run, and truth (o, h, n, v), to a .nc or .zarr file, whole or not at all.

    `ways` (v,) are those of the variables that were counted as directions; see `collapse`.

    Raises:
        ArgumentError, OutputExistsError: see `chronotope.data.writers.write`.
    """
    from chronotope.data.writers import write

    meta = {"step": run.step, "overlap": run.overlap, "said": run.said}
    meta |= {"channels": {k: v.astype(int).tolist() for k, v in run.channels.items()}}
    meta |= {"ways": {} if ways is None else {int(k): float(ways[k]) for k in np.flatnonzero(np.isfinite(ways))}}
    models = [
        {"shown": e.shown, "chosen": e.chosen, "floor": e.floor, "broken": e.sums.broken}
        | {"seconds": e.sums.cost.seconds, "peak": e.sums.cost.peak}
        for e in run.entries
    ]
    dataset = xr.Dataset(
        {
            "forecast": (("model", "quantile", *CELL), np.stack(answers)),
            "truth": (CELL, truth),
            "valid_time": (("origin", "lead"), run.stamps),
        },
        {
            "model": [entry.shown for entry in run.entries],
            "quantile": list(QUANTILE_LEVELS),
            "origin": run.origins,
            "lead": np.arange(1, truth.shape[1] + 1),
            "place": [str(place) for place in run.places],
            "region": ("place", [str(region) for region in run.regions]),
        },
        {"chronotope_backtest": json.dumps({**meta, "models": models})},
    )
    return write(dataset, path, overwrite=overwrite)


def file_of(path: str | Path) -> Path:
    """The file of a saved run: `path` itself, or `forecasts.nc` in it where it names a folder."""
    path = Path(path)
    return path if path.suffix in (".nc", ".zarr") else path / "forecasts.nc"


def rescore(path: str | Path, by: str | None = None, against: str | None = None) -> pd.DataFrame:
    """The table of a back-test from its saved forecasts (a file or a folder), the same to the last digit; `by` and `against` may differ.

    Raises:
        NoFileError: there is no such file.
        DataError: it was not written by `backtest(..., save=...)`.
        ArgumentError: `by` or `against` is not as in `backtest`.
    """
    check_by(by)
    path = file_of(path)
    if not path.exists():
        raise NoFileError(f"A saved back-test must exist; {path} does not.")
    try:
        opened = xr.open_dataset(path, engine="zarr" if str(path).endswith(".zarr") else "h5netcdf")
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"A saved back-test must be written by backtest(..., save=...); {path} was not.") from error
    with opened as dataset:
        if "chronotope_backtest" not in dataset.attrs:
            raise DataError(f"A saved back-test must be written by backtest(..., save=...); {path} was not.")
        return table_of(_run(dataset, json.loads(dataset.attrs["chronotope_backtest"])), by, against)


def _run(dataset: xr.Dataset, meta: dict[str, Any]) -> Run:
    truth = dataset["truth"].transpose(*CELL).values.astype(float)
    ways = np.array([meta.get("ways", {}).get(str(k), np.nan) for k in range(truth.shape[-1])])
    entries = []
    for i, about in enumerate(meta["models"]):
        answers = dataset["forecast"].isel(model=i).transpose("origin", "quantile", *CELL[1:])
        peak = float("nan") if about.get("peak") is None else float(about["peak"])
        parts = [collapse(answers[o].values, truth[o], True, ways) for o in range(len(truth))]
        error = ChronotopeError(about["broken"]) if about.get("broken") else None
        sums = replace(assemble(parts, Cost(about["seconds"], peak=peak)), error=error)
        entries.append(Entry(about["shown"], sums, about["floor"], about["chosen"]))
    channels = {name: np.array(picked, bool) for name, picked in meta["channels"].items()}
    origins, stamps = (dataset[name].values.astype("datetime64[ns]") for name in ("origin", "valid_time"))
    frame = (origins, stamps, dataset["place"].values, _regions(dataset), meta["step"], meta["overlap"])
    return Run(tuple(entries), channels, *frame, tuple(meta.get("said", ())))


def _regions(dataset: xr.Dataset) -> np.ndarray:
    return dataset["region"].values.astype(str) if "region" in dataset.coords else np.full(dataset.sizes["place"], "")
