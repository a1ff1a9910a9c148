"""ChronotopeRegressor: a scikit-learn regressor whose rows are steps of series - what comes next, and what is missing in between.

Needs scikit-learn (the extra `baselines`).
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd

from chronotope.data.field import Field
from chronotope.data.frame import calendar_months
from chronotope.data.native import needed
from chronotope.errors import DataWarning, listed

sklearn = needed("ChronotopeRegressor needs scikit-learn", "baselines", "sklearn.base", "sklearn.utils.validation")

from sklearn.base import BaseEstimator, RegressorMixin  # noqa: E402
from sklearn.utils.validation import check_is_fitted, validate_data  # noqa: E402

TIME, PLACE, TARGET, ONE = "time", "place", "target", "series"
FIRST = pd.Timestamp("2000-01-01")

DEVIATIONS = {
    "check_methods_sample_order_invariance": "without `time` the rows of X are steps in their order, as those of a forecast are",
    "check_methods_subset_invariance": "without `time` the first row of X is the first step after the fitted ones",
}
"""Checks of `sklearn.utils.estimator_checks.check_estimator` that a forecast of rows without stamps cannot pass, and why."""


class ChronotopeRegressor(RegressorMixin, BaseEstimator):
    """Rows (X, y) in the order of time, or with stamps; predictions are medians.

    With `time` X is a table whose rows have stamps (and places): `predict` gives what is observed at a stamp and place that were
    fitted, the filled value where it is missing in between, and the forecast after the last fitted stamp. Without it the rows of `fit`
    are steps of one series, and the rows of `predict` the steps after them. All other columns of X are known in the asked steps too:
    calendars, prices, weather forecasts.

    Args:
        model: a name, or a chronotope Model; the best weights that ship by default.
        time, place, lat, lon: names of columns of X that are no covariates.
        step: length of a step of rows without stamps.
        context: steps that are read before the first asked one, all by default.
        device: where a network computes.

    Attributes:
        n_features_in_: columns of X.
        model_: the Model.
    """

    def __init__(
        self,
        model: Any = None,
        *,
        time: str | None = None,
        place: str | None = None,
        lat: str | None = None,
        lon: str | None = None,
        step: str = "D",
        context: Any = None,
        device: str = "cpu",
    ) -> None:
        self.model = model
        self.time, self.place, self.lat, self.lon = time, place, lat, lon
        self.step, self.context, self.device = step, context, device

    def fit(self, X: Any, y: Any) -> ChronotopeRegressor:
        """Keep the series; nothing is trained.

        Raises:
            ValueError: X or y is no table of numbers of one length.
            ArgumentError: the model is none.
        """
        from chronotope.adapters.one_call import model_of

        table, y = self._checked(X, y, reset=True)
        self.model_ = model_of(self.model, self.device)
        self.table_ = self._rows(table, 0).assign(**{TARGET: y})
        self.last_ = self.table_[TIME].max()
        self.frame_ = None if self.time is None else self._opened(self.table_, [TARGET]).frame
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Medians (rows,)."""
        return self.predict_quantiles(X, (0.5,))[:, 0]

    def predict_quantiles(self, X: Any, quantiles: Any = (0.1, 0.5, 0.9)) -> np.ndarray:
        """Quantiles (rows, levels)."""
        check_is_fitted(self, "table_")
        table, _ = self._checked(X, None, reset=False)
        rows = self._rows(table, 0 if self.time else len(self.table_))
        out = np.full((len(rows), len(quantiles)), np.nan)
        later, able = (rows[TIME] > self.last_).to_numpy(), self._on_step(rows[TIME])
        for part, answer in ((later & able, self._ahead), (~later & able, self._between)):
            if part.any():
                out[part] = answer(rows[part], tuple(quantiles))
        _say_unanswered(rows[np.isnan(out).any(axis=1)], self.table_)
        return out

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True  # rows that are no steps of a series cannot be forecast
        return tags

    def _checked(self, X: Any, y: Any, reset: bool) -> tuple[pd.DataFrame, Any]:
        """X as a table with named columns, and y as numbers."""
        if self.time is None:
            found = validate_data(self, X, reset=reset) if y is None else validate_data(self, X, y, reset=reset, y_numeric=True)
            values, y = (found, None) if y is None else found
            return pd.DataFrame(values, columns=[f"x{i}" for i in range(values.shape[1])]), y
        table = pd.DataFrame(X).reset_index(drop=True)
        absent = [name for name in (self.time, self.place, self.lat, self.lon) if name is not None and name not in table]
        if absent:
            raise ValueError(f"X must have the column {absent[0]!r}; it has {', '.join(map(str, table.columns))}.")
        if reset:
            self.n_features_in_, self.feature_names_in_ = table.shape[1], np.array([str(name) for name in table.columns], object)
        return table, None if y is None else np.asarray(y, float)

    def _rows(self, table: pd.DataFrame, before: int) -> pd.DataFrame:
        """Columns time, place, lat, lon and covariates."""
        names = {self.time: TIME, self.place: PLACE, self.lat: "lat", self.lon: "lon"}
        rows = table.rename(columns={old: new for old, new in names.items() if old is not None})
        if self.time is None:
            clock = pd.date_range(FIRST, periods=before + len(rows), freq=self.step)
            rows = rows.assign(**{TIME: clock[before:]})
        stamps = pd.to_datetime(rows[TIME])
        rows = rows.assign(**{TIME: stamps if stamps.dt.tz is None else stamps.dt.tz_convert("UTC").dt.tz_localize(None)})
        return rows if PLACE in rows else rows.assign(**{PLACE: ONE})

    def _on_step(self, stamps: pd.Series) -> np.ndarray:
        """Whether stamps are steps of what was fitted: others would make the steps of all series finer."""
        frame = self.frame_
        if frame is None or not frame.regular or calendar_months(frame.freq):
            return np.ones(len(stamps), bool)
        return np.asarray((stamps - pd.Timestamp(frame.times[-1])) % pd.Timedelta(frame.freq) == pd.Timedelta(0))

    def _opened(self, table: pd.DataFrame, target: list[str]) -> Field:
        from chronotope.opening.open import open_field

        return open_field(table, time=TIME, place=PLACE, target=target, step=self.step if self.time is None else None)

    def _covariates(self) -> list[str]:
        return [name for name in self.table_.columns if name not in (TIME, PLACE, TARGET, "lat", "lon")]

    def _ahead(self, rows: pd.DataFrame, quantiles: tuple[float, ...]) -> np.ndarray:
        """The forecast at rows after the fitted ones; a place that was not fitted has none."""
        known = self._covariates()
        both = pd.concat([self.table_, rows.assign(**{TARGET: np.nan})], ignore_index=True)
        both = both.drop_duplicates([TIME, PLACE], keep="last")
        field = self._opened(both, [TARGET, *known])
        steps = int((field.frame.times > np.datetime64(self.last_)).sum())
        options: dict[str, Any] = {"at": self.last_, "quantiles": quantiles, "context": self.context}
        fc = self.model_.forecast(field, steps, target=TARGET, known_future=tuple(known), **options)
        return _picked(fc, rows)

    def _between(self, rows: pd.DataFrame, quantiles: tuple[float, ...]) -> np.ndarray:
        """What was fitted at these rows, its gaps filled."""
        new = rows.assign(**{TARGET: np.nan})
        both = pd.concat([self.table_, new], ignore_index=True).drop_duplicates([TIME, PLACE], keep="first")
        field = self._opened(both, [TARGET, *self._covariates()])
        return _picked(self.model_.impute(field, target=TARGET, quantiles=quantiles, context=self.context), rows)


def _say_unanswered(rows: pd.DataFrame, fitted: pd.DataFrame) -> None:
    """Warn of rows that are predicted NaN."""
    if len(rows):
        new = [str(place) for place in rows[PLACE].unique() if not (fitted[PLACE] == place).any()]
        why = f"{len(new)} places were not fitted ({listed(new, 5, repr)})" if new else "their stamps lie beside the fitted steps"
        warnings.warn(f"{len(rows)} rows have no answer and are NaN: {why}", DataWarning, stacklevel=3)


def _picked(result: Any, rows: pd.DataFrame) -> np.ndarray:
    """The answers (rows, levels) at the stamps and places of rows."""
    array = result.dataset[TARGET]
    array = array if "place" in array.dims else array.expand_dims(place=[ONE])
    values = array.transpose("time", "place", "quantile").values
    names = pd.Index(array["place"].values.astype(str))
    time, place = pd.DatetimeIndex(array["time"].values).get_indexer(rows[TIME]), names.get_indexer(rows[PLACE].astype(str))
    out = values[time, place].astype(float)
    return np.where(((time >= 0) & (place >= 0))[:, None], out, np.nan)
