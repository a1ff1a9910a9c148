"""What is as little as it can be is not found for being less than nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd

import chronotope as ct


def test_a_dark_night_is_no_point():
    rng, hours = np.random.default_rng(0), np.arange(24 * 40)
    height = np.clip(np.sin((hours % 24 - 6) / 12 * np.pi), 0, None)
    clouds = np.repeat(rng.uniform(0.3, 1, 40), 24)
    values = np.stack([900 * height * np.clip(clouds + rng.normal(0, 0.15, len(hours)), 0.05, 1.1) for _ in range(4)], axis=1)
    values[24 * 30 + 2, 1] += 20
    table = pd.DataFrame(values, index=pd.date_range("2024-05-01", periods=len(hours), freq="h"), columns=list("abcd"))
    found = ct.load("tiny").detect(table, rate=0.02).events()
    points = found[found["kind"] == "point"]
    assert not points["evidence"].str.contains(": 0 where 0").any()
    assert points["evidence"].str.contains("20 where 0").any()
