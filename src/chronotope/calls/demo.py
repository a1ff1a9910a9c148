"""demo: a record on which the model earns its place and one on which it does not, both as they are, and a page with pictures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chronotope.calls.progress import SILENT, Progress
from chronotope.calls.result import Result, Shown
from chronotope.calls.schema import MODEL, WRITING, Working, option
from chronotope.calls.work import model_of, set_up
from chronotope.errors import NoFileError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from chronotope.tasks.verbs import Model

SHOWN = 4  # floors of a table, the best ones
NO_MORE = 0.02  # a difference of the losses that is none


@dataclass(frozen=True)
class Record:
    """A sample and the origins that it is scored from, `every` steps apart; the last of them leaves `every` + `horizon` steps."""

    sample: str
    horizon: int
    every: int
    origins: int
    words: str

    def stamps(self, times: np.ndarray) -> list[Any]:
        """The origins, in order."""
        return [times[-self.horizon - 1 - self.every * (k + 1)] for k in reversed(range(self.origins))]


RECORDS = (  # the first is shown on the page
    Record("air_temperature", 4, 2, 5, "Air temperature over North America on 1,325 cells, a day ahead in steps of six hours"),
    Record("us_income", 5, 4, 12, "Income per head of 48 states, five years ahead"),
)


class DemoCall(Working):
    """Forecast two real records, score both, and write report.html.

    The data ship with the package, the network stays closed, and it takes less than a minute.
    """

    out: Path = option(Path("."), "folder for forecast.nc and report.html", metavar="DIR", panel=WRITING)
    model: str | None = option(None, MODEL, "--model", "-m", metavar="NAME")
    overwrite: bool = option(False, "replace what is already there", panel=WRITING)


def run(call: DemoCall, progress: Progress = SILENT) -> Result:
    """The scores of both records; a forecast of the first is written as forecast.nc and shown in report.html."""
    from chronotope.data.writers import check_output
    from chronotope.view.output import check_output as check_page

    if call.out.exists() and not call.out.is_dir():
        raise NoFileError(f"--out must be a folder; {call.out} is a file. Name another.")
    call.out.mkdir(parents=True, exist_ok=True)
    forecast, report = call.out / "forecast.nc", call.out / "report.html"
    check_output(forecast, call.overwrite)
    check_page(report, call.overwrite)
    set_up(call)
    with progress.working("a day of weather over a continent, and incomes of 48 states"):
        model = model_of(call.model)
        tables = {record: scored(model, record) for record in RECORDS}
        _write(model, tables, forecast, report, call.overwrite)
    said: list[str | Shown] = [f"{model.name} as it ships, never trained on these records. Floors (baseline:) are plain methods to beat.\n"]
    for record, table in tables.items():
        said += [f"{record.words}:\n", Shown(_few(table, model.name), ranked=True), verdict(table, model.name) + "\n"]
    rows = [{"sample": record.sample, **row} for record, table in tables.items() for row in table.to_dict(orient="records")]
    facts = {"model": model.name, "forecast": forecast, "report": report, "rows": rows}
    return Result(tables, facts, (*said, f"wrote {forecast} and {report}; open the page in a browser"))


def scored(model: Model, record: Record) -> pd.DataFrame:
    """The back-test of a record: the model and every floor on the same cells."""
    from chronotope.baselines import FLOORS
    from chronotope.evaluate.protocols.backtest import backtest
    from chronotope.opening.samples import sample

    field = sample(record.sample)
    others = [f"baseline:{name}" for name in FLOORS if name != model.name]
    return backtest([model, *others], field, record.horizon, origins=record.stamps(field.times))


def verdict(table: pd.DataFrame, name: str) -> str:
    """What a table says of a model, in two sentences."""
    is_ours = _is(table, name)
    ours, floors = table[is_ours].iloc[0], table[~is_ours].sort_values("wql")
    best = floors.iloc[0]
    gap = ours["wql"] / best["wql"] - 1
    earns = "it earns its place here" if gap < -NO_MORE else "it is neither better nor worse here"
    earns = f"it does not earn its place here: take {best['model']}" if gap > NO_MORE else earns
    errors = f"MAE {ours['mae']:.4g} ± {ours['mae_spread']:.3g} beside {best['mae']:.4g} ± {best['mae_spread']:.3g}"
    first = f"WQL {abs(gap):.0%} {'below' if gap < 0 else 'above'} {best['model']}, the best of {len(floors)} floors, chosen afterwards"
    return f"{first}; {earns}.\n{errors}, from {len(table.attrs['origins'])} origins and {ours['n']:,} values."


def _few(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """The model and the best floors."""
    is_ours = _is(table, name)
    return table[is_ours | (table["wql"].where(~is_ours).rank() <= SHOWN)]


def _is(table: pd.DataFrame, name: str) -> pd.Series:
    """The rows of a model, which may itself be a floor."""
    return table["model"].isin([name, f"baseline:{name}"])


def _write(model: Model, tables: dict[Record, pd.DataFrame], forecast: Path, report: Path, overwrite: bool) -> None:
    """The first record's last steps are kept back, to be shown beside their forecast."""
    from chronotope.opening.samples import sample
    from chronotope.view.report import write_report

    first, *rest = tables
    field = sample(first.sample)
    fc = model.forecast(field, first.horizon, at=field.times[-first.horizon - 1])
    fc.save(forecast, overwrite=overwrite)
    beside = {record.words: tables[record] for record in rest}
    write_report(report, fc, tables[first], beside=beside, title=first.words, overwrite=overwrite)
