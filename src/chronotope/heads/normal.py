"""The normal's quantiles at the nine levels of the house, in units of its mean absolute deviation."""

# What a mean absolute error says about the spread, at 0.1 .. 0.9.
NORMAL_BASE = (-1.606, -1.055, -0.657, -0.3175, 0.0, 0.3175, 0.657, 1.055, 1.606)
