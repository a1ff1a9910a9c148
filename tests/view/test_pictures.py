"""Pictures show the numbers of the forecast, stay out of pyplot, and refuse what they cannot draw."""

import io

import matplotlib
import numpy as np
import pytest
from matplotlib.collections import PathCollection
from PIL import Image

from chronotope.data.field import Field
from chronotope.errors import ArgumentError, KindError, OutputExistsError
from chronotope.view.animation import animate_forecast
from chronotope.view.maps import map_forecast
from chronotope.view.series import plot_forecast
from chronotope.view.style import new_figure, span_words, time_words
from known_forecasts import forecast_of, grid, sites


def labelled(axes, label):
    return next(line for line in axes.get_lines() if line.get_label() == label)


def dots(axes):
    """Where the dots with a value lie."""
    found = [c for c in axes.collections if isinstance(c, PathCollection) and len(c.get_offsets()) and c.get_array() is not None]
    return np.asarray(found[0].get_offsets())


def test_the_median_line_and_the_history_are_the_numbers():
    fc = forecast_of(sites(), 24, 6)
    axes = plot_forecast(fc, place="s2")
    assert np.array_equal(labelled(axes, "median").get_ydata(), np.full(6, 43.0))
    assert np.array_equal(labelled(axes, "observed").get_ydata(), sites().dataset["flow"].values[:24, 2])
    assert np.array_equal(labelled(axes, "came true").get_ydata(), sites().dataset["flow"].values[24:30, 2])
    assert axes.get_title(loc="left") == "s2" and axes.get_ylabel() == "flow (veh/h)"


def test_drawing_goes_where_it_is_asked_and_leaves_no_global_state():
    before = dict(matplotlib.rcParams)
    mine = new_figure().add_subplot()
    assert plot_forecast(forecast_of(sites(), 24, 6), ax=mine) is mine
    assert dict(matplotlib.rcParams) == before
    import matplotlib.pyplot as plt

    assert plt.get_fignums() == []


def test_maps_of_a_grid_show_median_and_width_in_every_cell():
    fc = forecast_of(grid(), 8, 4)
    figure = map_forecast(fc, lead=1)
    median, width = (axes.collections[0] for axes in figure.axes[:2])
    assert np.array_equal(np.ravel(median.get_array()), fc.history.dataset["air"].values[7, 0].ravel())
    assert np.allclose(np.ravel(width.get_array()), 10 * 0.8 * 2)
    figure.savefig(io.BytesIO(), format="png")
    assert [tick.get_text() for tick in figure.axes[0].get_xticklabels() if tick.get_text()][0].endswith("°W")


def test_a_folded_grid_is_drawn_as_dots():
    fc = forecast_of(grid(), 8, 4)
    longitudes = np.add.outer([0.0, 5.0, 0.0], [10.0, 20.0, 15.0, 30.0])  # turns back on itself
    folded = (
        fc.history.dataset.drop_vars(["lat", "lon"])
        .rename(lat="y", lon="x")
        .assign_coords(lat=(("y", "x"), np.add.outer([80.0, 70.0, 60.0], np.zeros(4))), lon=(("y", "x"), longitudes))
    )
    source = Field(folded, "grid", ("air",), ("y", "x"))
    offsets = dots(map_forecast(forecast_of(source, 8, 4)).axes[0])
    assert np.allclose(offsets[:4], [[10, 80], [20, 80], [15, 80], [30, 80]])


def test_maps_of_sites_are_dots_where_the_sites_are():
    figure = map_forecast(forecast_of(sites(), 24, 6))
    assert np.allclose(dots(figure.axes[0]), [[-74, 40], [-73.8, 40.1], [-73.6, 40.2]])
    assert {text.get_text() for text in figure.axes[0].texts} == {"s0", "s1", "s2"}


def test_maps_without_coordinates_and_unknown_leads_are_refused():
    with pytest.raises(KindError, match="lat="):
        map_forecast(forecast_of(sites(with_places=False), 24, 6))
    with pytest.raises(ArgumentError, match="-6 to 5"):
        map_forecast(forecast_of(sites(), 24, 6), lead=6)


def test_an_animation_has_one_frame_per_lead(tmp_path):
    path = animate_forecast(forecast_of(grid(), 8, 4), tmp_path / "fc.gif")
    assert Image.open(path).n_frames == 4
    assert [p.name for p in tmp_path.iterdir()] == ["fc.gif"]
    with pytest.raises(OutputExistsError):
        animate_forecast(forecast_of(grid(), 8, 4), path)
    with pytest.raises(ArgumentError, match=".gif or .mp4"):
        animate_forecast(forecast_of(grid(), 8, 4), tmp_path / "fc.avi")


def test_an_animation_that_fails_leaves_nothing(tmp_path):
    with pytest.raises(KindError):
        animate_forecast(forecast_of(sites(with_places=False), 24, 6), tmp_path / "fc.gif")
    assert list(tmp_path.iterdir()) == []


def test_times_and_spans_read_like_words():
    assert time_words(np.datetime64("2024-03-01T06:00")) == "2024-03-01 06:00" and time_words(np.datetime64("2024-03-01")) == "2024-03-01"
    assert span_words(np.timedelta64(5, "s")) == "5 s" and span_words(np.timedelta64(200, "ms")) == "0.2 s"
    assert span_words(np.timedelta64(60, "s")) == "1 min" and span_words(np.timedelta64(0, "s")) == "0 min"
    assert span_words(np.timedelta64(90, "m")) == "1 h 30 min" and span_words(np.timedelta64(54, "h")) == "2 d 6 h"
