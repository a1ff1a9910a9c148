"""Detect in moving sensors: a planted value comes first, it tells nothing of its neighbours, and dims are those of the field."""

import numpy as np
import pandas as pd
import pytest

import chronotope as ct

MODEL = ct.load("baseline:mix")


def cruise(change=None):
    rng, hours, parts = np.random.default_rng(0), np.arange(90), []
    for k in range(3):
        lat, lon = 50 + 0.3 * k + 0.01 * hours, 8 + 0.02 * hours
        sst = 15 + np.sin(6 * lat) + 0.01 * hours + 0.05 * rng.standard_normal(90)
        stamps = pd.Timestamp("2024-05-01") + pd.to_timedelta(hours, unit="h")
        parts.append(pd.DataFrame({"id": f"ship{k}", "time": stamps, "lat": lat, "lon": lon, "sst": sst}))
    table = pd.concat(parts, ignore_index=True)
    return table if change is None else change(table)


def test_a_planted_value_comes_first_and_is_told():
    plain = MODEL.detect(ct.open(cruise(), kind="points")).to_pandas().set_index(["object", "time"])
    odd = cruise(lambda table: table.assign(sst=table["sst"] + 4.0 * (table.index == 130)))
    found = MODEL.detect(ct.open(odd, kind="points"))
    rows = found.to_pandas().set_index(["object", "time"])
    cell = ("ship1", pd.Timestamp("2024-05-02 16:00"))
    assert rows["score"].idxmax() == cell and bool(rows.loc[cell, "flag"])
    event = found.events().iloc[0]
    assert (event["places"], event["kind"], event["start"]) == (["ship1"], "point", cell[1]) and "ship1" in event["evidence"]
    assert abs(rows.loc[cell, "expected"] - plain.loc[cell, "expected"]) < 0.1
    others = rows.drop(cell).index
    assert (rows.loc[others, "expected"] - plain.loc[others, "expected"]).abs().max() < 0.5
    assert found.map() is not None and found.plot().get_title(loc="left").startswith("ship1")


def test_dims_rate_and_refusals():
    field = ct.open(cruise(), kind="points")
    found = MODEL.detect(field, rate=0.05)
    assert found.dataset["sst_score"].dims == field.dataset["sst"].dims and set(found.dataset.data_vars) == {
        f"sst_{part}" for part in ("expected", "low", "high", "score", "flag")
    }
    assert 0.02 < found.meta["flagged"] / found.meta["observed"] < 0.1
    order = cruise(lambda table: table.sample(frac=1, random_state=1))
    other = MODEL.detect(ct.open(order, kind="points"), rate=0.05).to_pandas().set_index(["object", "time"])["score"]
    pd.testing.assert_series_equal(
        found.to_pandas().set_index(["object", "time"])["score"], other.reindex(found.to_pandas().set_index(["object", "time"]).index)
    )
    with pytest.raises(ct.DataError, match="30 values"):
        MODEL.detect(ct.open(cruise(lambda table: table.iloc[::12]), kind="points"))
    with pytest.raises(ct.ArgumentError, match="nearness"):
        MODEL.detect(field, context=5)
