"""The scikit-learn regressor: its contract, and forecasts of rows."""

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("sklearn")

from chronotope.adapters.sklearn import DEVIATIONS, ChronotopeRegressor
from chronotope.errors import DataWarning


@pytest.mark.filterwarnings("ignore")
def test_it_keeps_the_contract_but_where_it_says():
    from sklearn.utils.estimator_checks import check_estimator

    found = check_estimator(ChronotopeRegressor("baseline:last_value"), expected_failed_checks=DEVIATIONS, on_fail=None)
    assert [(one["check_name"], str(one["exception"])) for one in found if one["status"] == "failed"] == []
    assert sum(one["status"] == "passed" for one in found) > 40


def test_rows_with_stamps_are_forecast_filled_and_kept():
    hours = pd.date_range("2024-01-01", periods=120, freq="h")
    X = pd.DataFrame({"when": np.tile(hours, 2), "site": ["a"] * 120 + ["b"] * 120, "hot": np.tile(np.cos(np.arange(120)), 2)})
    y = 10 + np.sin(np.arange(240) * 2 * np.pi / 24)
    known = np.tile((np.arange(120) < 100) & (np.arange(120) != 50), 2)
    model = ChronotopeRegressor("baseline:seasonal_naive", time="when", place="site").fit(X[known], y[known])
    made = model.predict(X.sample(frac=1, random_state=0)).copy()
    made = pd.Series(made, X.sample(frac=1, random_state=0).index).sort_index().to_numpy()
    np.testing.assert_allclose(made[known], y[known], atol=1e-5)
    np.testing.assert_allclose(made[~known], y[~known], atol=0.2)
    low, high = model.predict_quantiles(X[~known], (0.1, 0.9)).T
    assert (low <= high).all()


def test_a_column_that_is_not_there():
    with pytest.raises(ValueError, match="must have the column 'when'"):
        ChronotopeRegressor("baseline:mix", time="when").fit(pd.DataFrame({"t": [1]}), [1.0])


def test_stamps_beside_the_fitted_steps_have_no_answer_and_change_none():
    when = pd.date_range("2024-01-01", periods=60, freq="h")
    model = ChronotopeRegressor("baseline:seasonal_naive", time="when").fit(pd.DataFrame({"when": when}), np.arange(60.0) % 24)
    asked = pd.DataFrame({"when": [when[30] + pd.Timedelta("20min"), when[-1] + pd.Timedelta("1h"), when[-1] + pd.Timedelta("80min")]})
    with pytest.warns(DataWarning, match="2 rows have no answer and are NaN: their stamps lie beside the fitted steps"):
        np.testing.assert_allclose(model.predict(asked), [np.nan, 12.0, np.nan])


def test_stamps_with_a_zone_are_moments():
    when = pd.date_range("2024-01-01", periods=60, freq="h", tz="Europe/Berlin")
    model = ChronotopeRegressor("baseline:seasonal_naive", time="when").fit(pd.DataFrame({"when": when[:48]}), np.arange(48.0) % 24)
    made = model.predict(pd.DataFrame({"when": when[48:].tz_convert("UTC")}))
    np.testing.assert_allclose(made, np.arange(12.0))


def test_rows_without_an_answer_are_told():
    when = pd.date_range("2024-01-01", periods=60, freq="h")
    model = ChronotopeRegressor("baseline:last_value", time="when", place="shop")
    model.fit(pd.DataFrame({"when": when, "shop": "old"}), np.arange(60.0))
    later = pd.DataFrame({"when": when + pd.Timedelta("60h"), "shop": "old"})
    assert np.isfinite(model.predict(later)).all()
    with pytest.warns(DataWarning, match=r"60 rows have no answer and are NaN: 1 places were not fitted \('new'\)"):
        made = model.predict(pd.concat([later, later.assign(shop="new")]))
    assert np.isfinite(made[:60]).all() and np.isnan(made[60:]).all()
