"""PanelNetwork: from a torch module to a Predictor that is trained on the panel it is asked about."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from chronotope.baselines.mix import Mix
from chronotope.baselines.networks.fit import Fitted, Training, fit_members
from chronotope.baselines.networks.head import loss, quantiles
from chronotope.baselines.networks.start import STARTS, Start, fit_start
from chronotope.baselines.networks.windows import Batch, Shape, Windows, training_origins
from chronotope.baselines.phases import phases
from chronotope.data.panel import Panel
from chronotope.errors import ArgumentError, DimensionError
from chronotope.questions import QUANTILE_LEVELS, AbstractQuantilePredictor, Question
from chronotope.questions.levels import at_levels

MOST_LEADS = 96  # later ones are answered by the floors' mix
FEWEST_WINDOWS = 20  # with fewer there is nothing to train on
Build = Callable[[Shape, Panel], nn.Module]


@dataclass(frozen=True)
class Trained:
    """Networks with the start they were trained on; `error` (h, n, v) is the start's typical error in its scale."""

    start: Start
    members: tuple[Fitted, ...]
    error: Tensor
    context: int

    def answer(self, x: np.ndarray, panel: Panel, origins: np.ndarray) -> np.ndarray:
        """Nine quantiles (k, h, n, v, 9) after each row of `origins`; of x (t, n, v), the values of `panel`, later rows are not read."""
        clock = phases(panel.slice_time(0, int(origins[-1]) + 1).extend(self.start.horizon))
        windows = Windows(x, clock, self.start, origins, self.context, honest=False)
        parts = np.array_split(np.arange(len(origins)), max(len(origins) // 32, 1))
        nine = torch.cat([self._of_a_part(windows.batch(part)) for part in parts]).double().numpy()
        return nine * self.start.scale[:, None] + self.start.centre[..., None]

    def _of_a_part(self, batch: Batch) -> Tensor:
        """The members' mean, (b, h, n, v, 9), scaled."""
        with torch.no_grad():
            each = [quantiles(m.network(batch.past, batch.future), batch.start, self.error) for m in self.members]
        return torch.stack(each).mean(0)


class PanelNetwork(AbstractQuantilePredictor):
    """A network trained per data set: once by `fit`, or for an answer on what it may see.

    Without `fit`, an answer trains on the seen rows before the origin. To share one training among neighbouring origins it uses the
    first refit**k rows, k as large as fits: an answer depends on nothing but the question. Gaps, places that were never
    observed, series too short to train on and leads beyond 96 are answered by the floors' mix.

    Args:
        name: what tables call it.
        build: makes the torch module for a shape and a panel (its places and edges): (past, future) of a Batch to (b, h, n, v, 9).
        context: steps that are read.
        start: the floor it begins from, "ridge" or "last".
        training: see `Training`.
        refit: at least 1; 1 trains anew at every origin.
    """

    kind = "trained"
    reads_known = False

    def __init__(
        self, name: str, build: Build, *, context: int = 12, start: str = "ridge", training: Training = Training(), refit: float = 1.1
    ) -> None:
        if start not in STARTS:
            raise ArgumentError(f"start must be one of {', '.join(STARTS)}; found {start!r}.")
        if refit < 1 or context < 1:
            raise ArgumentError(f"refit and context must be at least 1; found {refit!r} and {context!r}.")
        self.name, self.training = name, training
        self.trained: Trained | None = None
        self._build, self._context, self._start, self._refit = build, context, start, refit
        self._kept: tuple[str, Trained | None] = ("", None)

    def fit(self, panel: Panel, horizon: int) -> PanelNetwork:
        """A copy trained on all of `panel` for leads 1..horizon; its `predict` trains no more.

        Later panels must have the same places and variables, in the same order.

        Raises:
            ArgumentError: the panel is too short to train on.
        """
        x = np.where(np.isfinite(panel.values), panel.values, np.nan).astype(float)
        made = self._train(panel, x, min(horizon, MOST_LEADS))
        if made is None:
            raise ArgumentError(
                f"A panel must hold at least {FEWEST_WINDOWS} windows of some context and {horizon} steps after it; found {len(x)} steps."
            )
        copy = PanelNetwork(self.name, self._build, context=self._context, start=self._start, training=self.training, refit=self._refit)
        copy.trained = made
        return copy

    def quantiles(self, question: Question) -> np.ndarray:
        """Quantiles (q, h, n, v) float32 of the asked cells; see `AbstractQuantilePredictor`."""
        panel, levels = question.frame, question.levels
        rows = question.rows
        x = np.where(question.seen & np.isfinite(panel.values), panel.values, np.nan).astype(float)
        asked = question.asked[rows]
        out = np.full((len(levels), *asked.shape), np.nan, np.float32)
        if not len(rows):
            return out
        past, leads = x[: rows[0]], rows - rows[0] + 1
        mine = np.isfinite(past).any(axis=0) & ~np.isfinite(x[rows[0] :]).any(axis=0)
        trained = self._trained(panel, past, int(leads[-1])) if (asked & mine).any() else None
        if trained is not None:
            near = leads <= trained.start.horizon
            nine = trained.answer(past, panel, np.array([len(past) - 1]))[0][leads[near] - 1]
            out[:, near] = np.where(mine & asked[near], at_levels(np.moveaxis(nine, -1, 0), QUANTILE_LEVELS, levels), np.nan)
        left = asked & np.isnan(out).any(axis=0)
        if left.any():
            out = np.where(left, Mix().quantiles(question), out)
        return np.maximum.accumulate(out, axis=0)

    def _trained(self, panel: Panel, past: np.ndarray, horizon: int) -> Trained | None:
        """The networks for this question: those of `fit`, those of the last question if they fit, or new ones."""
        if self.trained is not None:
            found = self.trained.start.centre.shape
            if past.shape[1:] != found:
                raise DimensionError(f"A fitted network must be asked about its own (places, variables) {found}; found {past.shape[1:]}.")
            return self.trained
        rows = _cut(len(past), self._refit)
        key = _key(panel, past[:rows], min(horizon, MOST_LEADS))
        if self._kept[0] != key:
            self._kept = (key, self._train(panel, past[:rows], min(horizon, MOST_LEADS)))
        return self._kept[1]

    def _train(self, panel: Panel, x: np.ndarray, horizon: int) -> Trained | None:
        """Networks trained on x (t, n, v), the first rows of `panel`; None if there is too little of it."""
        context = max(min(self._context, len(x) // 4), 1)
        origins = training_origins(x, context, horizon)
        if len(origins) < FEWEST_WINDOWS:
            return None
        clock = phases(panel)
        start = fit_start(x, clock, horizon, self._start)
        windows = Windows(x, clock, start, origins, context, honest=True)
        error = _typical_error(windows)
        shape = windows.shape

        def miss(network: nn.Module, index: np.ndarray) -> Tensor:
            batch: Batch = windows.batch(index)
            return loss(quantiles(network(batch.past, batch.future), batch.start, error), batch.truth, batch.known)

        gap = int(np.ceil(horizon / max(np.diff(origins).mean(), 1)))
        members = fit_members(lambda: self._build(shape, panel), miss, len(origins), gap, self.training)
        return Trained(start, tuple(members), error, context)


def _typical_error(windows: Windows) -> Tensor:
    """Mean absolute error (h, n, v) of the start for each lead and series; that of all series where one has no truth."""
    parts = [windows.batch(index) for index in np.array_split(np.arange(len(windows.origins)), max(len(windows.origins) // 64, 1))]
    total = torch.stack([torch.where(b.known, (b.truth - b.start).abs(), 0.0).sum(0) for b in parts]).sum(0)
    count = torch.stack([b.known.sum(0) for b in parts]).sum(0)
    overall = total.sum(1, keepdim=True) / count.sum(1, keepdim=True).clamp(min=1)
    return torch.where(count > 0, total / count.clamp(min=1), overall)


def _cut(rows: int, refit: float) -> int:
    """The largest power of `refit` that is at most `rows`; `rows` itself for 1."""
    return rows if refit == 1 or rows < 2 else int(refit ** int(np.log(rows + 0.5) / np.log(refit)))


def _key(panel: Panel, x: np.ndarray, horizon: int) -> str:
    """What a training depends on, in short."""
    seen = hashlib.blake2b(np.ascontiguousarray(x).tobytes(), digest_size=16)
    edges = () if panel.edges is None else (panel.edges.source, panel.edges.target, panel.edges.weight)
    for part in (panel.times[: len(x)], panel.xy, panel.latlon, *edges):
        seen.update(b"none" if part is None else np.ascontiguousarray(part).tobytes())
    return f"{seen.hexdigest()} {x.shape} {horizon} {panel.freq}"
