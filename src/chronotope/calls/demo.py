"""demo: what the model is for, on data that ship - with scores beside plain methods, as they are, and a page."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import field_validator

from chronotope.calls.progress import SILENT, Progress
from chronotope.calls.result import Result, Shown
from chronotope.calls.schema import MODEL, READING, WRITING, Working, option
from chronotope.calls.work import model_of, set_up
from chronotope.errors import NoFileError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from chronotope.calls.demo_topics import Topic
    from chronotope.calls.proof import Proof
    from chronotope.data.field import Field
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
    """Forecast real records, score them beside plain methods, and write report.html.

    Without a topic: one record on which the model earns its place and one on which it does not. The data ship with the package or
    are simulated, which is then said; the network stays closed, and it takes less than two minutes.
    """

    topic: str | None = option(None, "weather, traffic, epidemic, events, tracks or ocean", metavar="[TOPIC]", panel=READING, argument=True)
    out: Path = option(Path("."), "folder for forecast.nc and report.html", metavar="DIR", panel=WRITING)
    model: str | None = option(None, MODEL, "--model", "-m", metavar="NAME")
    overwrite: bool = option(False, "replace what is already there", panel=WRITING)

    @field_validator("topic")
    @classmethod
    def _known(cls, value: str | None) -> str | None:
        names = ("weather", "traffic", "epidemic", "events", "tracks", "ocean")
        if value is not None and value not in names:
            raise ValueError(f"must be one of {', '.join(names)}")
        return value


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
    if call.topic is not None:
        return _topic(call, call.topic, forecast, report, progress)
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


def _topic(call: DemoCall, name: str, forecast: Path, report: Path, progress: Progress) -> Result:
    """A forecast of a topic whose last steps are kept back, beside plain methods, and its page."""
    from chronotope.calls.demo_topics import SIMULATED, TOPICS
    from chronotope.calls.reporting import timed
    from chronotope.view.report import write_report
    from chronotope.view.trials import Trials
    from chronotope.view.verdict import badge_of

    topic = TOPICS[name]
    with progress.working(topic.words):
        model, data = model_of(call.model), topic.open()
        at = _kept_back(data, topic)
        fc, seconds = timed(lambda: model.forecast(data, topic.horizon, at=at, **topic.options))
        fc.save(forecast, overwrite=call.overwrite)
    with progress.working("comparing with plain methods"):
        proof = _proof(model, data, fc, seconds, topic)
    title = f"{topic.words} (simulated)" if topic.is_simulated else topic.words
    notes = ((f"The data are {SIMULATED}.",) if topic.is_simulated else ()) + proof.notes
    options = {"trials": proof.trials, "title": title, "notes": notes, "command": f"chronotope demo {name}"}
    write_report(report, fc, proof.scores, overwrite=call.overwrite, **options)
    badge = badge_of(proof.scores, None if proof.trials is None else Trials.of(proof.trials).skill(), model.name)
    hidden = ("brier", "expected", "outside", "origins", "seconds", "broken", "peak_mb")
    told: list[str | Shown] = []
    if proof.scores is not None:
        told = [Shown(_few(proof.scores, model.name), hidden=hidden, ranked="wql" in proof.scores)]
    rows = [] if proof.scores is None else [{"topic": name, **row} for row in proof.scores.to_dict(orient="records")]
    facts = {"model": model.name, "forecast": forecast, "report": report, "badge": badge.words, "rows": rows}
    said: tuple[str | Shown, ...] = (f"{title}, by {model.name} as it ships.\n", *told, f"{badge.words}. {badge.detail}\n", *notes)
    return Result(fc, facts, (*said, f"wrote {forecast} and {report}; open the page in a browser"))


def _kept_back(data: Field, topic: Topic) -> Any:
    """The origin: `horizon` steps before the last value."""
    import pandas as pd

    if data.kind == "events":
        return pd.Timestamp(data.times.max()) - topic.horizon * pd.Timedelta(topic.options["step"])
    return data.times[-topic.horizon - 1]


def _proof(model: Model, data: Field, fc: Any, seconds: float, topic: Topic) -> Proof:
    from chronotope.calls import proof

    if data.kind == "events":
        return proof.events(model, data, fc)
    return proof.forecasts(model, data, fc, seconds, topic.options.get("target"))


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
    score, sign = ("wql", 1) if "wql" in table else ("mae", 1) if "mae" in table else ("log_likelihood", -1)
    return table[is_ours | ((sign * table[score]).where(~is_ours).rank() <= SHOWN)]


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
