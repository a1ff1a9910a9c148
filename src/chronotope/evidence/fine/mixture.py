"""Mixture: weights of the rules, those that would have erred least where the truth is known."""

from __future__ import annotations

import numpy as np

from chronotope.evidence.fine.kernels import USUAL
from chronotope.evidence.fine.school import NETWORK, Lesson, Rule
from chronotope.evidence.simplex import least

EVEN = 0.02  # of the errors' size, towards even weights: rules are much alike
TRUST = 0.02  # the same towards the network alone: it was taught by more than this field one scale up


def weights_of(known: Lesson | None, rules: tuple[Rule, ...]) -> np.ndarray:
    """Weights (r,) of the rules, not negative, with the sum one; errors count by how rough it is around each block.

    Where nothing is known the usual kernel and the network, if it is asked, count alike.
    """
    network = np.array([rule == NETWORK for rule in rules], float)
    alone = network + [rule == USUAL for rule in rules]
    alone /= alone.sum()
    if known is None:
        return alone
    size = np.sqrt(known.rough**2 + 1e-3 * (known.rough**2).mean() + np.finfo(float).tiny)
    miss = ((known.said - known.truth[..., None]) / np.sqrt(size)[:, None, None]).reshape(-1, len(rules))
    gram = miss.T @ miss / len(miss)
    if not np.isfinite(gram).all() or not gram.any():
        return alone
    error = np.diag(gram).mean()
    return least(gram + EVEN * error * np.eye(len(rules)), np.sqrt(TRUST * error * network.sum()), network)
