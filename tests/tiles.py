"""Small panels with rhythm, gaps and places, series built by hand, and a small random network: for tests of tokens and what reads them."""

import numpy as np
import torch

from chronotope.backbone.network import Network
from chronotope.backbone.shape import NetworkConfig
from chronotope.evidence.candidates import FLOORS
from chronotope.evidence.clock import Period
from chronotope.evidence.neighbours import find_neighbours, find_ring
from chronotope.evidence.series import Series
from chronotope.tokens.tokenizer import CONTEXT_WIDTH, PATCH, QUERY_WIDTH, RELATIONS, Tokens, make_tile, make_tokens
from panels import panel_of


def rhythm(t=200, n=6, v=1, freq="1h", seed=0, gaps=0.05, negative=True, xy=True):
    """A daily wave that runs over scattered places, with noise and gaps; panel (t, n, v)."""
    rng = np.random.default_rng(seed)
    places = rng.uniform(0, 1000, (n, 2))
    phase = places[:, 0] / 300
    wave = 3 * np.sin(2 * np.pi * np.arange(t)[:, None, None] / 24 + phase[None, :, None] + np.arange(v))
    values = wave + 0.3 * rng.normal(size=(t, n, v)).cumsum(0) * 0.2 + 0.5 * rng.normal(size=(t, n, v)) + (0 if negative else 50)
    values[rng.random(values.shape) < gaps] = np.nan
    return panel_of(values, freq, xy=places if xy else None)


def series_of(x, m=None, periods=(), both_sides=False, cut=None, variables=1, xy=None, known=None):
    """Series as they are, in scaled units: x (s, t), m (s, t) one where seen; places on a line."""
    x = np.atleast_2d(np.asarray(x, np.float32))
    m = np.ones_like(x) if m is None else np.atleast_2d(np.asarray(m, np.float32))
    cut = x.shape[1] if cut is None else cut
    if not both_sides:
        m = np.where(np.arange(x.shape[1]) < cut, m, 0).astype(np.float32)
    n = len(x) // variables
    xy = np.stack([np.arange(n, dtype=float), np.zeros(n)], 1) if xy is None else xy
    near = find_neighbours(xy, None)
    known = m.any(1) if known is None else known
    periods = [p if isinstance(p, Period) else Period(float(p)) for p in periods]
    ring = find_ring(xy, known.reshape(n, variables).any(1))
    return Series(x * m, m, variables, periods, xy / near.spacing, near, ring, np.zeros(len(x)), np.ones(len(x)), known, both_sides, cut)


def small_network(seed=0, width=32, blocks=2, head=0.1, detail=0) -> Network:
    """A random network whose head is not the identity."""
    torch.manual_seed(seed)
    network = Network(NetworkConfig(CONTEXT_WIDTH, QUERY_WIDTH, RELATIONS, PATCH, len(FLOORS), width, blocks, 4, 2, detail=detail))
    for layer in (network.head.gate, network.head.move, *([network.head.steps.outer] if detail else [])):
        torch.nn.init.normal_(layer.weight, std=head)
        torch.nn.init.normal_(layer.bias, std=head)
    return network.eval()


def tokens_of(question, starts=None, **options) -> Tokens:
    """Tokens of one question asked at one tile."""
    tile = make_tile(question, question.first - 1, **options)
    return make_tokens(tile, np.array([question.first]) if starts is None else np.asarray(starts), **options)[0]


def tensors(tokens: Tokens) -> dict:
    """Arguments of a network's forward."""
    turn = lambda a: torch.from_numpy(np.ascontiguousarray(a))  # noqa: E731
    return {k: tuple(turn(x) for x in v) if isinstance(v, tuple) else turn(v) for k, v in vars(tokens).items()}


def same_bits(a: Tokens, b: Tokens) -> list[str]:
    """Names of the parts in which two sets of tokens differ by at least one bit."""
    flat = lambda x: x if isinstance(x, tuple) else (x,)  # noqa: E731
    pairs = {k: zip(flat(getattr(a, k)), flat(getattr(b, k)), strict=True) for k in vars(a)}
    return [k for k, both in pairs.items() if any(x.tobytes() != y.tobytes() for x, y in both)]
