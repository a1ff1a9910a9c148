"""`chronotope`: the verbs of the command line. Each stands in its own file and loads what it needs when it is called."""

from __future__ import annotations

from typing import Any

import typer

from chronotope.cli import backtest, benchmark, corpus, demo, floors, forecast, impute, info, interpolate, listing, pretrain, scores, stress
from chronotope.cli.house import House
from chronotope.cli.schemas import (
    BacktestCall,
    DemoCall,
    ForecastCall,
    ImputeCall,
    InfoCall,
    InterpolateCall,
    ModelsCall,
    PretrainCall,
    SamplesCall,
)
from chronotope.cli.verb import add_verb

app = typer.Typer(
    cls=House,
    help="A foundation model for everything that happens somewhere, at some time.",
    context_settings={"help_option_names": ["--help", "-h"]},
    add_completion=False,
    pretty_exceptions_enable=False,
)

VERBS: dict[str, tuple[Any, Any]] = {
    "demo": (DemoCall, demo.run),
    "info": (InfoCall, info.run),
    "forecast": (ForecastCall, forecast.run),
    "impute": (ImputeCall, impute.run),
    "interpolate": (InterpolateCall, interpolate.run),
    "backtest": (BacktestCall, backtest.run),
    "scores": (scores.ScoresCall, scores.run),
    "floors": (floors.FloorsCall, floors.run),
    "stress": (stress.StressCall, stress.run),
    "benchmark": (benchmark.BenchmarkCall, benchmark.run),
    "pretrain": (PretrainCall, pretrain.run),
    "corpus": (corpus.CorpusCall, corpus.run),
    "models": (ModelsCall, listing.models),
    "samples": (SamplesCall, listing.samples),
}

for _name, (_schema, _run) in VERBS.items():
    add_verb(app, _name, _schema, _run)


def _version(asked: bool) -> None:
    if asked:
        from chronotope import __version__

        print(f"chronotope {__version__}")
        raise typer.Exit()


@app.callback()
def _root(version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Show the version and leave.")) -> None:
    pass


if __name__ == "__main__":
    app()
