"""The network as a predictor: one question in, quantiles out - tile by tile, chunk by chunk."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from chronotope.inspect.support import support_of
from chronotope.model.support import unwound
from chronotope.model.totals import predict_totals, totals_asked
from chronotope.questions import QUANTILE_LEVELS, AbstractQuantilePredictor, Question
from chronotope.questions.levels import at_levels
from chronotope.tokens.tokenizer import PATCH, TILE, Options, Tile, make_tile, make_tokens

if TYPE_CHECKING:
    from chronotope.backbone.network import Network

FORWARD_PATCHES = 16  # query patches answered in one forecast pass
INSIDE_PATCHES = 4  # and in one pass inside the seen time, where the context moves along
INSIDE_ROWS = 4096  # rows read to each side of such a pass


class NetworkPredictor(AbstractQuantilePredictor):
    """Answers any pair of masks with a pretrained network.

    Args:
        network: in evaluation mode, or None for the floors' plain mix alone.
        name: of the weights.
        options: parts switched off.
        bf16: use bf16 matrix products; None: where the processor has them.
    """

    kind = "network"

    def __init__(self, network: Network | None, name: str, options: Options = Options(), bf16: bool | None = None) -> None:
        self.network, self.name, self._options = network, name, options
        self._bf16 = bf16

    def options(self, **changed: bool) -> NetworkPredictor:
        """The same predictor with parts switched off: `memory=False`, `neighbours=False`."""
        return NetworkPredictor(self.network, self.name, replace(self._options, **changed), self._bf16)

    def quantiles(self, question: Question) -> np.ndarray:
        """Quantiles (q, h, n, v) of the asked cells; see `AbstractQuantilePredictor`."""
        totals = totals_asked(question)
        if totals.any():
            return predict_totals(self.quantiles, question, totals)
        support = support_of(question.visible(), question.frame.variables, question.frame.units)
        return support.kept(self._tile_by_tile(unwound(question, support))).astype(np.float32)

    def _tile_by_tile(self, question: Question) -> np.ndarray:
        rows, levels = question.rows, question.levels
        out = np.full((len(levels), len(rows), *question.frame.values.shape[1:]), np.nan, np.float32)
        for index in tiles(question) if self._options.neighbours else each_place(question):
            part = question.of_places(index)
            out[:, :, index] = np.where(part.asked[rows][None], self._answer_tile(part, rows), np.nan)
        return out

    def _answer_tile(self, question: Question, rows: np.ndarray) -> np.ndarray:
        """Quantiles (q, h, n, v) for all rows of one tile of places; the rows are those of the whole question."""
        levels, inside = question.levels, question.both_sides
        out = np.full((len(levels), len(rows), *question.frame.values.shape[1:]), np.nan, np.float32)
        tile = None if inside else make_tile(question, int(rows[0]) - 1, self._options)
        for starts in chunks(rows, INSIDE_PATCHES if inside else FORWARD_PATCHES):
            low = 0
            if tile is None or inside:
                low, high = max(0, int(starts[0]) - INSIDE_ROWS), min(len(question.seen), int(starts[-1]) + PATCH + INSIDE_ROWS)
                tile = make_tile(question.of_rows(low, high), int(starts.mean()) - low, self._options)
            self._answer_patches(tile, starts, low, rows, levels, out)
        return out

    def _answer_patches(
        self, tile: Tile, starts: np.ndarray, low: int, rows: np.ndarray, levels: tuple[float, ...], out: np.ndarray
    ) -> None:
        """Fill in the asked rows that the patches cover; `low` is the tile's first row in the frame."""
        covered = (starts[:, None] + np.arange(PATCH)).ravel()
        scaled = self._run(tile, starts - low).reshape(len(tile.series.x), len(covered), -1)
        raw = tile.scale.invert(at_levels(scaled, QUANTILE_LEVELS, levels, axis=-1))
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

                return plain_quantiles(args["centre"], args["error"], args["is_available"]).numpy()
            return self.network(**args).float().numpy()

    def _autocast(self) -> AbstractContextManager:
        import torch

        use = has_bf16() if self._bf16 is None else self._bf16
        return torch.autocast("cpu", torch.bfloat16) if use else nullcontext()


def has_bf16() -> bool:
    """Whether this processor multiplies bf16 matrices faster than float32."""
    import torch

    return bool(torch.backends.mkldnn.is_available() and torch.ops.mkldnn._is_mkldnn_bf16_supported())


def tiles(question: Question) -> list[np.ndarray]:
    """Groups of places that are answered together: compact, at most `TILE` series, only those with something to say or asked."""
    from chronotope.tokens.partition import ball_order, coordinates

    panel, v = question.frame, question.frame.values.shape[2]
    useful = np.flatnonzero(question.seen.any(axis=(0, 2)) | question.asked.any(axis=(0, 2)))
    size = max(1, TILE // v)
    if len(useful) <= size:
        return [useful]
    part = panel.take_places(useful)
    edges = None if part.edges is None else (part.edges.source, part.edges.target, part.edges.weight)
    stop = len(panel.times) if question.both_sides else question.first  # likeness is read from what may be seen
    recent = slice(max(0, stop - 256), stop)
    series = np.where(question.seen[recent][:, useful, 0], part.values[recent, :, 0], 0).T
    order = ball_order(coordinates(len(useful), part.xy, edges, series), size)
    return [useful[order[i : i + size]] for i in range(0, len(order), size)]


def each_place(question: Question) -> list[np.ndarray]:
    """Every asked place alone: tiles also share the errors and the ridge of their series, which are other places' too."""
    return list(np.flatnonzero(question.asked.any(axis=(0, 2)))[:, None])


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
