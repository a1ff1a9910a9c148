"""Inverse distance: the places around speak the louder the nearer they stand."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from chronotope.baselines.spatial import NeighbourMean, neighbour_weights
from chronotope.data.panel import Panel


class InverseDistance(NeighbourMean):
    """Mean of the nearest places that were seen, weighted by one over the squared distance; exact where a place was seen.

    A place with a history keeps its own level, and adds what its neighbours depart from theirs. Without coordinates it is the
    neighbour mean.

    Source: Shepard (1968), doi:10.1145/800186.810616.
    """

    name = "inverse_distance"

    def __init__(self, nearest: int = 16, power: float = 2.0) -> None:
        self.nearest, self.power = nearest, power

    def weights(self, panel: Panel, known: np.ndarray) -> csr_array:
        """Weights (n, n) of the nearest known places, without a place itself."""
        count, sources = len(known), np.flatnonzero(known)
        if panel.xy is None or len(sources) < 2:
            return neighbour_weights(panel)
        from scipy.spatial import cKDTree

        distance, near = cKDTree(panel.xy[sources]).query(panel.xy, min(self.nearest + 1, len(sources)))
        reach = float(np.median(distance[:, -1])) or 1.0
        near_by = np.maximum(distance / reach, 1e-6)  # a place at the same spot outweighs all others
        row = np.repeat(np.arange(count), near.shape[1])
        weights = csr_array((near_by.ravel() ** -self.power, (row, sources[near].ravel())), (count, count))
        weights.setdiag(0)
        return weights
