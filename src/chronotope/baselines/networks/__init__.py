"""Networks that are trained on the data itself, with the contract of the model. `NETWORKS` maps a name to a call with options.

They are the usual deep rivals, small and trained in minutes: what a pretrained model must beat to be worth having. Every one starts
from a floor and learns what to add to it. Torch is loaded when one of them is made, not before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chronotope.questions import Predictor


def _conv_lstm(**options: Any) -> Predictor:
    """Convolutional LSTM on the grid of the places; places on no grid are grids of one cell."""
    from chronotope.baselines.networks.conv_lstm import conv_lstm

    return conv_lstm(**options)


def _cnn_lstm(**options: Any) -> Predictor:
    """Convolutions over each frame, then an LSTM along time at every cell."""
    from chronotope.baselines.networks.cnn_lstm import cnn_lstm

    return cnn_lstm(**options)


def _st_gnn(**options: Any) -> Predictor:
    """Gated dilated convolutions along time and diffusion along the edges, given, learned or both."""
    from chronotope.baselines.networks.st_gnn import st_gnn

    return st_gnn(**options)


def _st_transformer(**options: Any) -> Predictor:
    """Plain attention among all (place, step) tokens."""
    from chronotope.baselines.networks.st_transformer import st_transformer

    return st_transformer(**options)


def _track_graph(**options: Any) -> Predictor:
    """Walkers as a graph of the near ones, with a Gaussian for each coming step."""
    from chronotope.baselines.networks.track_graph import TrackGraph

    return TrackGraph(**options)


NETWORKS: dict[str, Callable[..., Predictor]] = {
    "conv_lstm": _conv_lstm,
    "cnn_lstm": _cnn_lstm,
    "st_gnn": _st_gnn,
    "st_transformer": _st_transformer,
    "track_graph": _track_graph,
}
