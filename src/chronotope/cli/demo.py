"""`chronotope demo`: real weather, a zero-shot forecast, its scores beside the floors, a page with pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from chronotope.cli.schemas import DemoCall
from chronotope.cli.work import records, set_up, tell, waiting
from chronotope.errors import NoFileError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

SAMPLE, TARGETS, HORIZON = "nyc_weather", ("temp", "humid", "pressure"), 24
CONTEXT = 24 * 90  # hours that every method reads before an origin
FLOORS = ("baseline:mix", "baseline:seasonal_naive", "baseline:climatology", "baseline:anomaly_persistence", "baseline:last_value")
ORIGINS, EVERY = 12, 37  # hours between origins share no factor with a day, so that every part of the day is an origin


def run(call: DemoCall) -> None:
    """Write forecast.nc and report.html, and print the table of scores."""
    from chronotope.data.writers import check_output

    if call.out.exists() and not call.out.is_dir():
        raise NoFileError(f"--out must be a folder; {call.out} is a file. Name another.")
    call.out.mkdir(parents=True, exist_ok=True)
    forecast, report = call.out / "forecast.nc", call.out / "report.html"
    check_output(forecast, call.overwrite)
    _check_page(report, call.overwrite)
    set_up(call)
    with waiting(call, "a day of weather at three airports, and a dozen earlier days to score"):
        name, scores = make(call.model, forecast, report, call.overwrite)
    if call.json_output:
        tell(call, "", {"model": name, "sample": SAMPLE, "forecast": forecast, "report": report, "rows": records(scores)})
    elif not call.quiet:
        _show(scores, name, forecast, report)


def make(model_name: str | None, forecast: Path, report: Path, overwrite: bool) -> tuple[str, pd.DataFrame]:
    """Write both files; the model's name and its scores beside the floors."""
    import chronotope as ct
    from chronotope.view.report import write_report

    field, model = ct.sample(SAMPLE), ct.load(model_name)
    origin = field.times[-HORIZON - 1]  # the last day is kept back, to be shown beside its forecast
    fc = model.forecast(field, HORIZON, at=origin, target=TARGETS, context=CONTEXT)
    trials = model.forecast(field, HORIZON, at=origins(field.times), target=TARGETS, context=CONTEXT)
    floors = [name for name in FLOORS if name != model_name]
    scores = ct.backtest([model, *floors], field, HORIZON, origins=origins(field.times), target=TARGETS, context=CONTEXT)
    fc.save(forecast, overwrite=overwrite)
    write_report(report, fc, scores, trials=trials, title="A day of weather at three New York airports", overwrite=overwrite)
    return model.name, scores


def origins(times: np.ndarray) -> list[Any]:
    """Stamps to forecast from, `EVERY` steps apart; the last one leaves the last day out."""
    return [times[-HORIZON - 1 - EVERY * (k + 1)] for k in reversed(range(ORIGINS))]


def _check_page(path: Path, overwrite: bool) -> None:
    from chronotope.view.output import check_output

    check_output(path, overwrite)


def _show(scores: pd.DataFrame, name: str, forecast: Path, report: Path) -> None:
    from rich.console import Console

    from chronotope.cli.table import score_rich

    days = CONTEXT // 24
    print(f"{name} as it ships, {HORIZON} hours ahead from {ORIGINS} moments of New York's weather in 2013, {days} days read each time:\n")
    Console().print(score_rich(scores))
    print(f"wrote {forecast} and {report}; open the page in a browser")
