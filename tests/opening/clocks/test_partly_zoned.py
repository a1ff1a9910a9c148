"""Columns in which only some stamps name their zone, as those of the hour that comes twice."""

import numpy as np
import pandas as pd

import chronotope as ct


def test_stamps_without_a_zone_are_on_the_clock_and_those_with_one_on_theirs():
    local = pd.date_range("2023-10-28 18:00", periods=24, freq="h", tz="Europe/Berlin")
    twice = local.strftime("%H") == "02"
    texts = [f"{t:%d/%m/%Y %H:%M:%S} ({t:%Z})" if two else f"{t:%d/%m/%Y %H:%M:%S}" for t, two in zip(local, twice)]
    spans = [f"{a} - {b}" for a, b in zip(texts, texts[1:])]
    for stamps in (texts[:-1], spans):
        field = ct.open(pd.DataFrame({"MTU (CET/CEST)": stamps, "price": np.arange(23.0)}), clock="Europe/Berlin")
        assert field.times.tolist() == local[:-1].tz_convert("UTC").tz_localize(None).as_unit("ns").values.tolist()
        assert field.dataset["time"].attrs["source_zone"] == "Europe/Berlin"
