# ruff: noqa
"""What a user writes; `test_typing.py` checks its types as the user's checker sees them."""

from __future__ import annotations

import chronotope as ct
import pandas as pd


def hours_ahead(path: str) -> pd.DataFrame:
    field: ct.Field = ct.open(path, time="when", missing=-999)
    model: ct.Model = ct.load("tiny", device="cpu")
    forecast = model.forecast(field, horizon="6h", budget="60s")
    scores: pd.DataFrame = ct.backtest([model, "baseline:mix"], field, 6, budget=30)
    tuned: ct.Model = model.finetune(field, "lora", steps=10)
    tuned.save("own")
    filled: ct.Forecast = ct.impute(path, model="best", time="when")
    found = ct.detect(field, rate=0.01)
    members: ct.Simulation = ct.simulate(field, 6, n=10)
    vectors: ct.Embedding = ct.embed(field)
    counts: ct.Field = ct.points_to_means(field, "1h", cells=0.1)
    try:
        forecast.save("out.nc")
    except ct.BudgetError as error:
        print(error, scores, found.events(), members.members, len(vectors), counts.kind)
    return filled.to_pandas()


reveal_type(ct.interpolate("flows.csv", at=[(40.0, -74.0)]))
ct.load(device=3)  # wrong
ct.impute("flows.csv").medain  # wrong
