"""The network as a predictor: one question in, quantiles out - tile by tile, chunk by chunk."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from chronotope.data.panel import Panel
from chronotope.inspect.support import support_of
from chronotope.model.support import unwound
from chronotope.model.totals import predict_totals, totals_asked
from chronotope.tokens.query import QUANTILE_LEVELS, Query
from chronotope.tokens.tokenizer import PATCH, TILE, Options, Tile, make_tile, make_tokens, sides

if TYPE_CHECKING:
    from chronotope.backbone.network import Network

FORWARD_PATCHES = 16  # query patches answered in one forecast pass
INSIDE_PATCHES = 4  # and in one pass inside the seen time, where the context moves along
INSIDE_ROWS = 4096  # rows read to each side of such a pass


class NetworkPredictor:
    """Answers any pair of masks with a pretrained network.

    Args:
        network: in evaluation mode, or None for the floors' plain mix alone.
        name: of the weights.
        options: parts switched off.
        bf16: use bf16 matrix products; None: where the processor has them.
    """

    def __init__(self, network: Network | None, name: str, options: Options = Options(), bf16: bool | None = None) -> None:
        self.network, self.name, self._options = network, name, options
        self._bf16 = bf16

    def options(self, **changed: bool) -> NetworkPredictor:
        """The same predictor with parts switched off: `memory=False`, `neighbours=False`."""
        return NetworkPredictor(self.network, self.name, replace(self._options, **changed), self._bf16)

    def predict(self, panel: Panel, query: Query, levels: tuple[float, ...] = QUANTILE_LEVELS) -> np.ndarray:
        """Quantiles (q, h, n, v) of the asked cells; see `tokens.query.Predictor`."""
        totals = totals_asked(panel, query)
        if totals.any():
            return predict_totals(self.predict, panel, query, levels, totals)
        support = support_of(np.where(query.seen, panel.values, np.nan), panel.variables, panel.units)
        return support.kept(self._predict(unwound(panel, query, support), query, levels)).astype(np.float32)

    def _predict(self, panel: Panel, query: Query, levels: tuple[float, ...]) -> np.ndarray:
        rows = query.rows
        t, n, v = panel.values.shape
        out = np.full((len(levels), len(rows), n, v), np.nan, np.float32)
        for index in tiles(panel, query) if self._options.neighbours else each_place(query):
            part = panel.take_places(index)
            seen, asked = query.seen[:, index], query.asked[:, index]
            answer = self._answer_tile(part, seen, asked, rows, levels)
            out[:, :, index] = np.where(asked[rows][None], answer, np.nan)
        return out

    def _answer_tile(self, panel: Panel, seen: np.ndarray, asked: np.ndarray, rows: np.ndarray, levels: tuple[float, ...]) -> np.ndarray:
        """Quantiles (q, h, n, v) for all rows of one tile of places."""
        forecast = not sides(seen, asked)[0]
        tile = make_tile(panel, seen, asked, int(rows[0]) - 1, self._options) if forecast else None
        out = np.full((len(levels), len(rows), *panel.values.shape[1:]), np.nan, np.float32)
        for starts in chunks(rows, FORWARD_PATCHES if forecast else INSIDE_PATCHES):
            low = 0
            if tile is None or not forecast:
                low, high = max(0, int(starts[0]) - INSIDE_ROWS), min(len(seen), int(starts[-1]) + PATCH + INSIDE_ROWS)
                window = slice(low, high)
                tile = make_tile(panel.slice_time(low, high), seen[window], asked[window], int(starts.mean()) - low, self._options)
            self._answer_patches(tile, starts, low, rows, levels, out)
        return out

    def _answer_patches(
        self, tile: Tile, starts: np.ndarray, low: int, rows: np.ndarray, levels: tuple[float, ...], out: np.ndarray
    ) -> None:
        """Fill in the asked rows that the patches cover; `low` is the tile's first row in the frame."""
        covered = (starts[:, None] + np.arange(PATCH)).ravel()
        scaled = self._run(tile, starts - low).reshape(len(tile.series.x), len(covered), -1)
        raw = tile.scale.invert(at_levels(scaled, levels))
        here = np.flatnonzero(np.isin(rows, covered))
        where = np.searchsorted(covered, rows[here])
        out[:, here] = raw[:, where].transpose(2, 1, 0).reshape(len(levels), len(here), *out.shape[2:])

    def _run(self, tile: Tile, starts: np.ndarray) -> np.ndarray:
        """Scaled quantiles (s, q, p, levels) of the query patches."""
        import torch

        tokens, _ = make_tokens(tile, starts, self._options)
        turn = lambda a: torch.from_numpy(np.ascontiguousarray(a))  # noqa: E731
        args: dict[str, Any] = {k: tuple(turn(x) for x in v) if isinstance(v, tuple) else turn(v) for k, v in vars(tokens).items()}
        with torch.inference_mode(), self._autocast():
            if self.network is None:
                from chronotope.heads.quantile import plain_quantiles

                return plain_quantiles(args["centre"], args["error"]).numpy()
            return self.network(**args).float().numpy()

    def _autocast(self) -> AbstractContextManager:
        import torch

        use = has_bf16() if self._bf16 is None else self._bf16
        return torch.autocast("cpu", torch.bfloat16) if use else nullcontext()


def has_bf16() -> bool:
    """Whether this processor multiplies bf16 matrices faster than float32."""
    import torch

    return bool(torch.backends.mkldnn.is_available() and torch.ops.mkldnn._is_mkldnn_bf16_supported())


def tiles(panel: Panel, query: Query) -> list[np.ndarray]:
    """Groups of places that are answered together: compact, at most `TILE` series, only those with something to say or asked."""
    from chronotope.tokens.partition import ball_order, coordinates

    t, n, v = panel.values.shape
    useful = np.flatnonzero(query.seen.any(axis=(0, 2)) | query.asked.any(axis=(0, 2)))
    size = max(1, TILE // v)
    if len(useful) <= size:
        return [useful]
    part = panel.take_places(useful)
    edges = None if part.edges is None else (part.edges.source, part.edges.target, part.edges.weight)
    stop = t if sides(query.seen, query.asked)[0] else int(query.rows[0])  # likeness is read from what may be seen
    recent = slice(max(0, stop - 256), stop)
    series = np.where(query.seen[recent][:, useful, 0], part.values[recent, :, 0], 0).T
    order = ball_order(coordinates(len(useful), part.xy, edges, series), size)
    return [useful[order[i : i + size]] for i in range(0, len(order), size)]


def each_place(query: Query) -> list[np.ndarray]:
    """Every asked place alone: tiles also share the errors and the ridge of their series, which are other places' too."""
    return list(np.flatnonzero(query.asked.any(axis=(0, 2)))[:, None])


def chunks(rows: np.ndarray, patches: int) -> list[np.ndarray]:
    """Starts of the query patches that cover the asked rows, in groups of at most `patches` that lie close together."""
    starts: list[int] = []
    for row in rows:
        if not starts or row >= starts[-1] + PATCH:
            starts.append(int(row))
    groups: list[list[int]] = []
    for start in starts:
        if groups and len(groups[-1]) < patches and (patches == FORWARD_PATCHES or start - groups[-1][0] <= PATCH * patches):
            groups[-1].append(start)
        else:
            groups.append([start])
    return [np.array(g) for g in groups]


def at_levels(scaled: np.ndarray, levels: tuple[float, ...]) -> np.ndarray:
    """Quantiles at any levels from the nine: linear between, and on along the normal's tail outside."""
    if tuple(levels) == QUANTILE_LEVELS:
        return scaled
    from scipy.special import ndtri

    known, wanted = ndtri(np.array(QUANTILE_LEVELS)), ndtri(np.array(levels))
    k = np.clip(np.searchsorted(known, wanted, side="right") - 1, 0, len(known) - 2)
    share = (wanted - known[k]) / (known[k + 1] - known[k])
    return scaled[..., k] * (1 - share) + scaled[..., k + 1] * share
