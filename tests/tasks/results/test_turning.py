"""What goes round - directions, longitudes - keeps its side of the circle in means, quantiles and intervals of an answer."""

import numpy as np
import xarray as xr

from chronotope.data.field import Field
from chronotope.tasks.results.forecast import Forecast
from chronotope.tasks.results.simulation import Simulation

TIMES = np.array(["2024-01-01T00", "2024-01-01T01"], "datetime64[ns]")


def field(name="wind_dir"):
    return Field(xr.Dataset({name: (("time", "place"), np.zeros((2, 1)))}, {"time": TIMES, "place": ["a"]}), "graph", (name,), ("place",))


def test_a_quantile_between_350_and_10_lies_at_north_and_not_at_south():
    levels, values = [0.1, 0.2, 0.3], np.array([[340.0, 350.0], [350.0, 10.0], [10.0, 20.0]])
    answer = Forecast(
        xr.Dataset({"wind_dir": (("quantile", "time", "place"), values[..., None])}, {"quantile": levels, "time": TIMES, "place": ["a"]}),
        field(),
    )
    np.testing.assert_allclose(answer.quantile(0.25)["wind_dir"].values[:, 0], [0, 15])
    np.testing.assert_allclose(answer.quantile(0.15)["wind_dir"].values[:, 0], [345, 0])


def drawn(name, members):
    values = np.broadcast_to(np.array(members, float)[:, None, None], (len(members), 2, 1))
    coords = {"member": np.arange(len(members)), "time": TIMES, "place": ["a"]}
    return Simulation(xr.Dataset({name: (("member", "time", "place"), values, {"units": "degree"})}, coords), field(name), {})


def test_members_around_north_have_their_mean_and_quantiles_there():
    made = drawn("wind_dir", [340, 350, 0, 10, 20])
    np.testing.assert_allclose(made.mean["wind_dir"].values.ravel() % 360, [0, 0], atol=1e-9)
    np.testing.assert_allclose(made.median["wind_dir"].values.ravel() % 360, [0, 0], atol=1e-9)
    low, high = made.interval(0.5)
    np.testing.assert_allclose([low["wind_dir"].values[0, 0], high["wind_dir"].values[0, 0]], [350, 10])
    assert made.mean["wind_dir"].attrs == {"units": "degree"} and made.mean["wind_dir"].dims == ("time", "place")


def test_longitudes_of_members_meet_at_the_date_line():
    np.testing.assert_allclose(np.abs(drawn("lon", [179, -179]).mean["lon"].values), 180)
    np.testing.assert_allclose(drawn("lon", [178, 179, -178]).median["lon"].values, 179)


def test_other_variables_are_averaged_as_numbers():
    np.testing.assert_allclose(drawn("level", [350, 10]).mean["level"].values, 180)
