"""Other places are asked; what they would show may not influence the answer."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from asked import Recorder, stations
from chronotope.baselines import BASELINES
from chronotope.data.field import Field
from chronotope.data.open import open_field
from chronotope.errors import DataError
from chronotope.model.model import NetworkPredictor
from chronotope.tasks.verbs import Model


def slope(places: int = 30, steps: int = 48) -> Field:
    """Values that grow to the east and with time, at scattered places around 50 N, 8 E."""
    rng = np.random.default_rng(0)
    lat, lon = 50 + rng.random(places), 8 + rng.random(places)
    values = 10 + 20 * (lon - 8)[None, :] + 0.1 * np.arange(steps)[:, None]
    time = pd.date_range("2024-03-01", periods=steps, freq="1h")
    coords = {"time": time, "place": [f"s{i}" for i in range(places)], "lat": ("place", lat), "lon": ("place", lon)}
    return open_field(xr.Dataset({"heat": (("time", "place"), values, {"units": "degC"})}, coords))


def test_dims_names_units_and_positions_of_the_new_places_are_kept():
    at = pd.DataFrame({"name": ["a", "b"], "Latitude": [50.5, 50.2], "Longitude": [8.5, 8.1]})
    out = Model(NetworkPredictor(None, "mix")).interpolate(slope(), at).to_xarray()
    assert out["heat"].dims == ("quantile", "time", "place") and out["heat"].shape == (9, 48, 2)
    assert list(out["place"].values) == ["a", "b"] and out["heat"].attrs["units"] == "degC"
    np.testing.assert_array_equal(out["lat"].values, [50.5, 50.2])


def test_a_smooth_slope_is_read_better_between_the_places_than_by_the_mean_of_all():
    field, lon = slope(), np.array([8.2, 8.5, 8.8])
    out = Model(NetworkPredictor(None, "mix")).interpolate(field, np.stack([np.full(3, 50.5), lon], axis=1)).median["heat"].values
    truth = 10 + 20 * (lon - 8) + 0.1 * np.arange(48)[:, None]
    mean = field.dataset["heat"].values.mean(axis=1, keepdims=True)
    assert np.abs(out - truth).mean() < 0.5 * np.abs(mean - truth).mean()


def test_a_grid_comes_back_as_a_grid():
    grid = xr.Dataset(coords={"lat": [50.8, 50.2], "lon": [8.1, 8.5, 8.9]})
    out = Model(BASELINES["neighbour_mean"]()).interpolate(slope(), grid).to_xarray()["heat"]
    assert out.dims == ("quantile", "time", "lat", "lon") and out.shape == (9, 48, 2, 3)
    west_to_east = out.sel(quantile=0.5).mean(("time", "lat")).values
    assert west_to_east[0] < west_to_east[2]


def test_how_many_places_are_asked_together_is_the_callers_business_not_the_answers():
    at = [(50.5, 8.5)]
    many = at + [(50.1 + 0.01 * i, 8.3) for i in range(70)]
    model = Model(NetworkPredictor(None, "mix"))
    one, all_ = (model.interpolate(slope(), places).median["heat"].values for places in (at, many))
    np.testing.assert_allclose(one[:, 0], all_[:, 0], rtol=1e-3)  # trials are the same; only sums run in another order


def test_every_observed_cell_is_seen_and_only_the_new_places_are_asked():
    model = Recorder()
    Model(model).interpolate(stations(), [(50.5, 8.5)])
    panel, query = model.calls[-1][:2]
    assert query.asked[:, -1].all() and not query.asked[:, :-1].any() and query.seen[:, :-1].sum() == panel.mask.sum()


@pytest.mark.parametrize(
    ("at", "says"),
    [
        (pd.DataFrame({"north": [1]}), "lat, lon or x, y"),
        ([(50.0, np.nan)], "finite position"),
        (pd.DataFrame({"x": [1], "y": [2]}), "degrees"),
    ],
)
def test_places_without_a_usable_position_are_refused(at, says):
    with pytest.raises(DataError, match=says):
        Model(BASELINES["neighbour_mean"]()).interpolate(slope(), at)
