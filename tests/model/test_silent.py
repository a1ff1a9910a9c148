"""Places of nothing but zeros are answered at the size of their variable, whatever its unit."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from chronotope.model.silent import in_usual_size
from chronotope.opening.open import open_field
from chronotope.questions.kinds.forecast import ahead
from chronotope.tasks.load import load

RNG = np.random.default_rng(0)
RAIN = RNG.gamma(0.5, 4, (120, 6)) * (RNG.random((120, 6)) < 0.4)


def rain(factor, dry=2):
    values = RAIN * factor
    if dry is not None:
        values[:, dry] = 0
    coords = {
        "time": pd.date_range("2024-01-01", periods=120),
        "place": np.arange(6),
        "lat": ("place", np.arange(6.0)),
        "lon": ("place", np.ones(6)),
    }
    return open_field(xr.Dataset({"pr": (("time", "place"), values)}, coords))


@pytest.mark.parametrize("model", ["baseline:mix", "tiny"])
@pytest.mark.parametrize("factor", [1.0, 1e-6])
def test_a_dry_place_stays_dry_in_every_unit(model, factor):
    high = load(model).forecast(rain(factor), 3).to_xarray()["pr"].isel(quantile=-1)
    assert float(high.sel(place=2).max()) < 0.1 * float(high.sel(place=0).max())


def test_units_are_powers_of_two_and_only_where_a_place_shows_nothing():
    asked = []

    def answer(question):
        asked.append(question.frame.values)
        return np.full((9, 2, 6, 1), 3.0, np.float32)

    for dry in (None, 2):
        panel = rain(1e-3, dry).panel()
        out = in_usual_size(ahead(panel, 119, 2), answer)
        unit = out.flat[0] / 3
        assert unit == (1 if dry is None else 2.0 ** round(np.log2(unit))) and (out == 3 * np.float32(unit)).all()
        np.testing.assert_array_equal(asked[-1][:120] * np.float32(unit), panel.values)
    assert 0.1 < np.nanmean(asked[-1]) < 10
