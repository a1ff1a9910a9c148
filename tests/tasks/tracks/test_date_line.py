"""Longitudes of an answer are in the convention of the data, whatever crosses the date line."""

import numpy as np
import pytest
from tests.tasks.tracks.test_forecast import MODEL, degrees, walks

from chronotope.data.fixes import on_one_turn
from chronotope.opening.open import open_field
from chronotope.view.paths import tracks_of

pytestmark = pytest.mark.filterwarnings("ignore::chronotope.DataWarning")
CONVENTIONS = {"-180 to 180": (-180.0, lambda lon: (lon + 180) % 360 - 180), "0 to 360": (0.0, lambda lon: lon % 360)}


def across(convention, middle=180.0):
    """Walkers on both sides of a meridian, as a table and as the same around 20 degrees east."""
    table = degrees(walks(), 10.0, middle)
    return table.assign(lon=CONVENTIONS[convention][1](table["lon"])), degrees(walks(), 10.0, 20.0)


ASKED = {
    "forecast": lambda field: MODEL.forecast(field, 40, quantiles=(0.1, 0.5, 0.9)),
    "simulate": lambda field: MODEL.simulate(field, 40, 8),
    "detect": lambda field: MODEL.detect(field),
}


@pytest.mark.parametrize("middle", [180.0, 0.0])
@pytest.mark.parametrize("convention", CONVENTIONS)
@pytest.mark.parametrize("verb", ASKED)
def test_longitudes_stay_within_the_turn_of_the_data(verb, convention, middle):
    table, plain = across(convention, middle)
    made, other = (ASKED[verb](open_field(one, kind="tracks")).dataset for one in (table, plain))
    low = CONVENTIONS[convention][0]
    for name in [name for name in made.data_vars if name in ("lon", "lon_low", "lon_high")]:
        values = made[name].values
        assert np.nanmin(values) >= low and np.nanmax(values) <= low + 360
        apart = (values - other[name].values - middle + 20 + 180) % 360 - 180
        assert np.nanmax(np.abs(apart)) < 1e-6 and (np.isnan(values) == np.isnan(other[name].values)).all()


def test_a_picture_of_paths_is_not_torn_at_the_date_line():
    tracks = tracks_of(ASKED["simulate"](open_field(across("-180 to 180")[0], kind="tracks")))
    assert np.ptp(tracks.ahead[..., 0], axis=(0, 1)).max() < 1 and np.abs(np.diff(tracks.ahead[..., 0], axis=1)).max() < 0.1


def test_what_moving_sensors_will_read_lies_within_the_turn():
    table, _ = across("-180 to 180")
    lon = MODEL.forecast(open_field(table.assign(pm=np.arange(len(table)) % 5.0), kind="points"), 3).dataset["lon"].values
    assert np.nanmin(lon) < -179 and np.nanmax(lon) > 179 and np.nanmax(np.abs(lon)) <= 180


def test_only_what_lies_beyond_is_turned():
    np.testing.assert_array_equal(on_one_turn(np.array([-180.25, -180, 0, 180, 180.5]), False), [179.75, -180, 0, 180, -179.5])
    np.testing.assert_array_equal(on_one_turn(np.array([-1.0, 0, 359.5, 360, 361]), True), [359, 0, 359.5, 360, 1])
