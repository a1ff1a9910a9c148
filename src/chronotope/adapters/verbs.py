"""The verbs as functions of any data - `ct.forecast(df, 12)`; type checkers read the same in `verbs.pyi` (`scripts/make_stubs.py`)."""

from chronotope.adapters.one_call import one_call

forecast, backcast, impute, interpolate, downscale = map(one_call, ("forecast", "backcast", "impute", "interpolate", "downscale"))
simulate, detect, embed = map(one_call, ("simulate", "detect", "embed"))
