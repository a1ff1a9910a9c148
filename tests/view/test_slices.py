"""A slice holds exactly what the forecast and its history hold."""

import numpy as np
import pytest
import xarray as xr

from asked import sea, stations
from chronotope.errors import ArgumentError, KindError
from chronotope.tasks.load import load
from chronotope.view.cutting import slice_forecast, variables_of
from chronotope.view.slices import DEGREES
from known_forecasts import LEVELS, at_origins, forecast_of, grid, sites


def test_slice_of_sites_holds_past_truth_and_quantiles():
    part = slice_forecast(forecast_of(sites(), read=24, horizon=6))
    assert part.values.shape == (5, 6, 3) and part.past.shape == (24, 3) and part.truth.shape == (6, 3)
    assert part.past[-1].tolist() == [23.0, 33.0, 43.0]
    assert part.truth[0].tolist() == [0.0, 10.0, 20.0]  # hour 24 starts the next day
    assert np.allclose(part.quantile(0.9)[2], np.array([23.0, 33.0, 43.0]) + 10 * 0.4 * 3)
    assert part.label == "flow (veh/h)" and part.is_geographic and list(part.labels) == ["s0", "s1", "s2"]


def test_truth_beyond_the_history_is_unknown():
    part = slice_forecast(forecast_of(sites(steps=30), read=27, horizon=3))
    cut = forecast_of(sites(steps=30), read=27, horizon=3)
    cut.history = cut.history.isel(time=slice(0, 28))
    assert np.isfinite(part.truth).all()
    known = slice_forecast(cut).truth
    assert np.isfinite(known[0]).all() and np.isnan(known[1:]).all()
    assert np.isfinite(slice_forecast(cut, truth=sites(steps=30)).truth).all()


def test_slice_of_a_grid_takes_the_first_level_and_says_so():
    source = grid()
    part = slice_forecast(forecast_of(source, read=8, horizon=4))
    assert part.name == "air [level=850]" and part.shape == (3, 4) and part.axes == DEGREES
    assert np.array_equal(part.past, source.dataset["air"].values[:8, 0].reshape(8, 12))
    assert part.north[:5].tolist() == [45.0, 45.0, 45.0, 45.0, 42.5] and part.east[:5].tolist() == [200.0, 202.5, 205.0, 207.5, 200.0]
    assert part.labels[0] == "45°N 160°W"


def test_each_origin_of_several_is_the_forecast_made_there():
    fc = at_origins(sites(), [10, 20], horizon=4)
    for origin, read in enumerate([10, 20]):
        one, alone = slice_forecast(fc, origin=origin), slice_forecast(forecast_of(sites(), read, 4))
        assert np.array_equal(one.times, alone.times) and np.allclose(one.values, alone.values) and np.array_equal(one.past, alone.past)


def test_bands_are_central_and_fall_in_width():
    part = slice_forecast(forecast_of(sites(), 20, 4))
    assert [round(share, 6) for share, _, _ in part.bands()] == [0.8, 0.6]
    assert LEVELS[0] == 0.1 and np.array_equal(part.bands()[0][1], part.values[0])


def test_places_are_found_by_name_and_number_and_refused_otherwise():
    part = slice_forecast(forecast_of(sites(), 20, 4))
    assert part.place("s1") == 1 and part.place(2) == 2
    with pytest.raises(ArgumentError, match="s0, s1, s2"):
        part.place("nowhere")
    with pytest.raises(ArgumentError, match="below 3"):
        part.place(3)


def test_places_are_ranked_by_what_is_asked_and_unanswered_ones_come_last():
    fc = forecast_of(sites(n=4), 20, 4)
    fc.result["flow"][:, :, 1] += 50  # changes most
    fc.result["flow"][-2:, :, 2] += 30  # widest, as the upper levels alone are moved
    fc.result["flow"][:, :, 3] = np.nan
    part = slice_forecast(fc)
    assert part.rank("change")[0].tolist()[:1] == [1] and part.rank("width")[0].tolist()[:1] == [2]
    assert part.rank("largest")[0].tolist() == [1, 2, 0, 3] and "change most" in part.rank()[1]
    with pytest.raises(ArgumentError, match="surprise"):
        part.rank("surprise")
    with pytest.raises(ArgumentError, match="change, width"):
        part.rank("beauty")


def test_unknown_variables_and_results_without_quantiles_are_refused():
    fc = forecast_of(sites(), 20, 4)
    assert variables_of(fc) == ("flow",)
    with pytest.raises(ArgumentError, match="flow"):
        slice_forecast(fc, "speed")
    fc.result = fc.result.isel(quantile=0)
    with pytest.raises(KindError, match="quantiles"):
        slice_forecast(fc)


def test_stamps_of_a_zone_are_drawn_on_its_clock_with_one_shift():
    fc = forecast_of(sites(), read=24, horizon=6)
    plain = slice_forecast(fc)
    time = fc.history.dataset["time"].assign_attrs(time_zone="UTC", source_zone="Europe/Madrid")
    fc.history = type(fc.history)(fc.history.dataset.assign_coords(time=time), fc.history.kind, fc.history.variables, fc.history.space)
    part = slice_forecast(fc)
    hours = int(part.clock[4:6])
    assert plain.clock == "" and part.clock in ("UTC+01:00", "UTC+02:00")
    for one, other in ((part.times, plain.times), (part.past_times, plain.past_times)):
        assert (one - other == np.timedelta64(hours, "h")).all()
    np.testing.assert_array_equal(part.truth, plain.truth)


GRID = xr.Dataset(coords={"lat": np.linspace(50.0, 50.4, 4), "lon": np.linspace(8.0, 8.3, 3)})


@pytest.mark.parametrize("at, shape", [([(50.1, 8.1), (50.2, 8.2)], (2,)), (GRID, (4, 3))], ids=["places", "grid"])
def test_an_answer_between_places_is_drawn_where_it_lies(at, shape):
    made = load("baseline:inverse_distance").interpolate(stations(24, n=5), at=at)
    part = slice_forecast(made, "temp")
    assert part.shape == shape and part.values.shape[2] == np.prod(shape) == len(part.east) == len(part.labels)
    assert len(part.past_times) == 0 and np.isnan(part.truth).all()
    made.map(), made.plot(variable="temp")


def test_finer_cells_are_drawn_where_they_lie():
    coarse = sea(6).isel(depth=0)
    part = slice_forecast(load("baseline:bicubic").downscale(coarse, factor=2))
    assert part.shape == (6, 8) and part.north.max() > 45 and np.isnan(part.truth).all()
