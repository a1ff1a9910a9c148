"""What the page's script reads is what the answer holds, in few bytes; what is left out is said."""

import base64
import re
import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from chronotope.data.field import Field
from chronotope.view.answers import slice_of
from chronotope.view.packed import packed
from chronotope.view.report import report_page
from known_forecasts import forecast_of, grid, sites


def read(text, low, high):
    raw = np.frombuffer(base64.b64decode(text), "<u2").astype(float)
    return np.where(raw == 65535, np.nan, low + raw / 65534 * (high - low))


def wide(places, steps, read_steps):
    times = pd.date_range("2024-03-01", periods=steps + read_steps, freq="h").values.astype("datetime64[ns]")
    values = np.cumsum(np.random.default_rng(0).normal(size=(len(times), places)), axis=0)
    coords = {"time": times, "place": [f"s{i}" for i in range(places)]}
    spot = np.random.default_rng(1).uniform(0, 1, (2, places))
    coords |= {"lat": ("place", 40 + spot[0]), "lon": ("place", 5 + spot[1])}
    return Field(xr.Dataset({"flow": (("time", "place"), values)}, coords), "graph", ("flow",), ("place",))


def test_numbers_come_back():
    fc = forecast_of(sites(), 24, 6)
    fc.result["flow"][:, 2, 1] = np.nan
    data = packed(slice_of(fc)).data
    median = read(data["series"]["median"], *data["span"]).reshape(6, 3)
    step = (data["span"][1] - data["span"][0]) / 65534
    assert np.allclose(median, fc.result["flow"].sel(quantile=0.5).values, atol=step, equal_nan=True)
    assert np.allclose(read(data["series"]["past"], *data["span"]).reshape(-1, 3), sites().dataset["flow"].values[:24], atol=step)
    assert data["bands"] == ["0.8", "0.6"] and data["places"] == ["s0", "s1", "s2"] and len(data["times"]) == 6


def test_cells_of_a_grid_have_their_edges():
    made = packed(slice_of(forecast_of(grid(), 8, 4))).data["map"]
    assert made["grid"][0] == [-161.25, -158.75, -156.25, -153.75, -151.25] and made["grid"][1] == [46.25, 43.75, 41.25, 38.75]


def test_two_hundred_places_times_five_hundred_steps_stay_below_five_megabytes():
    page = report_page(forecast_of(wide(200, 500, 600), 600, 500))
    assert len(page.encode()) < 5e6 and len(page.encode()) - len(re.search(r'id="data">(.*?)</script>', page)[1]) < 5e5


def test_what_has_no_room_is_thinned_and_said():
    part = slice_of(forecast_of(wide(50, 10, 40), 40, 10))
    small = packed(part, room=2000)
    assert len(small.data["places"]) < 50 and "of 50 places" in small.notes[0]
    assert {part.titles[i] for i in part.rank()[0][:3]} <= set(small.data["places"])
    assert packed(part).notes == []
    cells = packed(slice_of(forecast_of(grid(), 8, 4)), room=200)
    assert len(cells.data["places"]) == 4 and "every 2nd row and column of the 3 x 4 cells" in cells.notes[0]


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs a browser")
def test_a_browser_draws_the_page(tmp_path):
    fc = forecast_of(sites(), 24, 6)
    (tmp_path / "page.html").write_text(report_page(fc))
    flags = ["--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}", "--virtual-time-budget=2000", "--dump-dom"]
    done = subprocess.run(
        ["chromium", *flags, "--enable-logging=stderr", (tmp_path / "page.html").as_uri()], capture_output=True, text=True, timeout=90
    )
    assert "CONSOLE" not in done.stderr, done.stderr
    assert done.stdout.count('aria-pressed="') == 3 and "Sat 2 Mar 2024" in done.stdout and 'class="median"' in done.stdout
