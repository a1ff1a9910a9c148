"""A scaling law: loss = floor + A / parameters^a + B / tokens^b, fitted to finished trainings."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from chronotope.errors import ArgumentError

STEEPEST = 3.0  # exponents lie between 0.02 and this
UNIT = np.array([1e5, 1e6])  # parameters and tokens are counted in these, so that all numbers are of one size


@dataclass(frozen=True)
class Scaling:
    """loss = floor + size_term (parameters / 1e5)^-size_power + token_term (tokens / 1e6)^-token_power.

    Attributes:
        floor: what no size and no training comes below.
        size_term, token_term: excess of a network of a hundred thousand parameters, and of a million tokens.
        size_power, token_power: how fast they fall.
        miss: root mean square of log(fitted / found).
    """

    floor: float
    size_term: float
    size_power: float
    token_term: float
    token_power: float
    miss: float

    def loss(self, parameters: np.ndarray | float, tokens: np.ndarray | float) -> np.ndarray:
        """The loss that the law expects."""
        n, d = np.asarray(parameters) / UNIT[0], np.asarray(tokens) / UNIT[1]
        return self.floor + self.size_term * n**-self.size_power + self.token_term * d**-self.token_power


def fit_scaling(parameters: np.ndarray, tokens: np.ndarray, losses: np.ndarray) -> Scaling:
    """The law with the least squares of log residuals, from several starts.

    Args:
        parameters, tokens, losses: of each training, (r,).

    Raises:
        ArgumentError: there are too few trainings, sizes or numbers of tokens for five constants, or a number is not above 0.
    """
    from scipy.optimize import least_squares

    n, d, loss = (np.asarray(a, float) for a in (parameters, tokens, losses))
    if not all((np.isfinite(a) & (a > 0)).all() for a in (n, d, loss)):
        raise ArgumentError("fit_scaling takes finite numbers above 0; at least one is not. Leave such trainings out.")
    if len(loss) < 6 or min(len(np.unique(n)), len(np.unique(d))) < 3:
        found = f"{len(loss)} trainings, {len(np.unique(n))} sizes, {len(np.unique(d))} numbers of tokens"
        raise ArgumentError(f"fit_scaling needs six trainings with three sizes and three numbers of tokens; found {found}. Train more.")
    low, high = np.log(0.02), np.log(STEEPEST)

    def law(p: np.ndarray) -> Scaling:
        return _law(loss.min(), p, 0.0)

    def miss(p: np.ndarray) -> np.ndarray:
        return np.log(law(p).loss(n, d) / loss)

    def slope(p: np.ndarray) -> np.ndarray:
        here, (size, token) = law(p), np.log([n / UNIT[0], d / UNIT[1]])
        sizes, tokens = here.size_term * np.exp(-here.size_power * size), here.token_term * np.exp(-here.token_power * token)
        whole = here.floor + sizes + tokens
        by_size, by_token = (sizes, -sizes * here.size_power * size), (tokens, -tokens * here.token_power * token)
        return (np.stack([np.full_like(whole, loss.min()), *by_size, *by_token]) / whole).T

    bounds = ([0, -20, low, -20, low], [1, 10, high, 10, high])
    spread = np.log(max(np.ptp(loss), 1e-6))
    starts = [(share, spread, np.log(a), spread, np.log(b)) for share, a, b in product((0.5, 0.95), (0.2, 0.8), (0.2, 0.8))]
    found = min((least_squares(miss, start, slope, bounds, max_nfev=400) for start in starts), key=lambda result: result.cost)
    return _law(loss.min(), found.x, float(np.sqrt(np.mean(found.fun**2))))


def _law(lowest: float, p: np.ndarray, miss: float) -> Scaling:
    """The law of a point of the search: the floor as a share of the lowest loss, logarithms of the rest."""
    size_term, size_power, token_term, token_power = (float(value) for value in np.exp(p[1:]))
    return Scaling(float(lowest * p[0]), size_term, size_power, token_term, token_power, miss)


def fit_without_each(parameters: np.ndarray, tokens: np.ndarray, losses: np.ndarray) -> list[Scaling]:
    """The laws that leave one training out each: how far they lie apart says how well the constants are known."""
    n, d, loss = (np.asarray(a, float) for a in (parameters, tokens, losses))
    return [fit_scaling(*(np.delete(a, i) for a in (n, d, loss))) for i in range(len(loss))]
