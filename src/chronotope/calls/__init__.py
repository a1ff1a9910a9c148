"""Calls: everything that chronotope can be asked to do, each a schema and what runs it; see docs/add-a-verb.md.

`CALLS` maps a verb to (schema, run): the command line, a saved call in YAML, a server and a notebook use the same.
"""

from __future__ import annotations

from collections.abc import Callable

from chronotope.calls import (
    arrival,
    backcast,
    backtest,
    benchmark,
    corpus,
    count,
    demo,
    detect,
    downscale,
    embed,
    explain,
    finetune,
    floors,
    forecast,
    impute,
    info,
    interpolate,
    listing,
    pretrain,
    scores,
    simulate,
    stress,
    whatif,
)
from chronotope.calls import run as saved_run
from chronotope.calls.result import Result
from chronotope.calls.schema import Call

CALLS: dict[str, tuple[type[Call], Callable[..., Result]]] = {
    "demo": (demo.DemoCall, demo.run),
    "info": (info.InfoCall, info.run),
    "forecast": (forecast.ForecastCall, forecast.run),
    "impute": (impute.ImputeCall, impute.run),
    "backcast": (backcast.BackcastCall, backcast.run),
    "interpolate": (interpolate.InterpolateCall, interpolate.run),
    "downscale": (downscale.DownscaleCall, downscale.run),
    "embed": (embed.EmbedCall, embed.run),
    "count": (count.CountCall, count.run),
    "detect": (detect.DetectCall, detect.run),
    "simulate": (simulate.SimulateCall, simulate.run),
    "arrival": (arrival.ArrivalCall, arrival.run),
    "whatif": (whatif.WhatifCall, whatif.run),
    "explain": (explain.ExplainCall, explain.run),
    "backtest": (backtest.BacktestCall, backtest.run),
    "scores": (scores.ScoresCall, scores.run),
    "finetune": (finetune.FinetuneCall, finetune.run),
    "floors": (floors.FloorsCall, floors.run),
    "stress": (stress.StressCall, stress.run),
    "benchmark": (benchmark.BenchmarkCall, benchmark.run),
    "pretrain": (pretrain.PretrainCall, pretrain.run),
    "corpus": (corpus.CorpusCall, corpus.run),
    "run": (saved_run.RunCall, saved_run.run),
    "models": (listing.ModelsCall, listing.models),
    "samples": (listing.SamplesCall, listing.samples),
}
