"""Services that close are drawn now and then, and only where the step resolves a day."""

import numpy as np
import pandas as pd

from chronotope.data.panel import Panel
from chronotope.training.sources import close_hours


def week(freq: str, rows: int) -> Panel:
    times = pd.date_range("2024-01-01", periods=rows, freq=freq).values.astype("datetime64[ns]")
    return Panel(np.ones((rows, 2, 1), np.float32), times, freq, ("trips",))


def test_a_closed_service_closes_at_the_same_hours_every_day_or_on_whole_weekends():
    closed = 0
    for seed in range(200):
        panel = week("1h", 24 * 14)
        seen = np.isfinite(close_hours(np.random.default_rng(seed), panel).values[:, 0, 0]).reshape(14, 24)
        closed += not seen.all()
        workdays = seen[[d for d in range(14) if d % 7 < 5]]
        assert (workdays == workdays[0]).all()  # 2024-01-01 is a Monday
        weekend = seen[[5, 6, 12, 13]]
        assert (weekend == workdays[0]).all() or not weekend.any()
    assert 5 <= closed <= 35  # 8 % of 200 draws, give or take three standard deviations


def test_days_do_not_close():
    for seed in range(50):
        panel = week("1D", 60)
        assert close_hours(np.random.default_rng(seed), panel) is panel


def test_the_panel_that_was_given_stays_as_it_is():
    panel = week("30min", 480)
    for seed in range(100):
        close_hours(np.random.default_rng(seed), panel)
    assert np.isfinite(panel.values).all()
