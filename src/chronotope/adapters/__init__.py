"""Adapters: the verbs in other people's frames - one call on any data, pandas and xarray accessors, scikit-learn and sktime estimators."""
