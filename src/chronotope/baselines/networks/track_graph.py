"""Track graph of the Social-STGCNN kind: walkers hear the near ones, a CNN turns observed steps into coming ones, each with a Gaussian.

It differs from its model in three ways: the Gaussians stand around walking straight on, everything is seen along each walker's own heading
(a turned scene gives a turned answer), and samples keep the correlation of errors between steps.
Source: Mohamed et al. (2020), arXiv:2002.11927.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from chronotope.baselines.mix import Mix
from chronotope.baselines.networks.fit import Fitted, Training, fit
from chronotope.baselines.networks.track_windows import TrackBatch, batch_of, stretches
from chronotope.data.panel import Panel
from chronotope.errors import ArgumentError, DimensionError
from chronotope.questions import AbstractQuantilePredictor, Question

FEWEST_WINDOWS = 20
_FEATURES = 7
TRAINING = Training(steps=800, batch=32, rate=5e-3, again=False)


class TrackNet(nn.Module):
    """Features to five numbers (b, h, n, 5) for each coming step: mean along and across, two log deviations, correlation."""

    def __init__(self, steps: int, horizon: int, width: int = 8, layers: int = 4) -> None:
        super().__init__()
        self.embed = nn.Linear(_FEATURES, width)
        self.hear, self.own = nn.Linear(width, width), nn.Linear(_FEATURES, width)
        self.along = nn.Conv1d(width, width, 3, padding=1)
        self.first = nn.Conv1d(steps, horizon, 3, padding=1)
        self.ahead = nn.ModuleList(nn.Conv1d(horizon, horizon, 3, padding=1) for _ in range(layers))
        self.bend = nn.ModuleList(nn.PReLU() for _ in range(layers + 2))
        self.head = nn.Linear(width, 5)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, features: Tensor, near: Tensor) -> Tensor:
        b, t, n, _ = features.shape
        heard = self.bend[0](self.hear(near @ self.embed(features)))
        x = self.along(heard.permute(0, 2, 3, 1).flatten(0, 1)).unflatten(0, (b, n)).permute(0, 3, 1, 2) + self.own(features)
        steps = self.bend[1](self.first(x.transpose(1, 2).flatten(0, 1)))
        for layer, bend in zip(self.ahead, list(self.bend)[2:]):
            steps = steps + bend(layer(steps))
        return self.head(steps).unflatten(0, (b, n)).transpose(1, 2)


@dataclass(frozen=True)
class Gaussians:
    """Means (b, h, n, 2) and lower triangles (b, h, n, 2, 2) along and across each walker's heading, around walking straight on."""

    mean: Tensor
    root: Tensor

    def standard(self, truth: Tensor) -> Tensor:
        """Errors (b, h, n, 2) in units of the Gaussians."""
        return torch.linalg.solve_triangular(self.root, (truth - self.mean)[..., None], upper=False)[..., 0]

    def surprise(self, truth: Tensor) -> Tensor:
        """Minus the log density (b, h, n), less a constant."""
        return 0.5 * self.standard(truth).square().sum(-1) + self.root.diagonal(dim1=-2, dim2=-1).log().sum(-1)


def gaussians(raw: Tensor, error: Tensor) -> Gaussians:
    """From five numbers and the typical error (h, 2) of walking straight on, which zeros give back."""
    size = error[:, None] * raw[..., 2:4].clamp(-4, 4).exp()
    lean = 0.98 * raw[..., 4].tanh()
    zero = torch.zeros_like(lean)
    rows = [size[..., 0], zero, lean * size[..., 1], (1 - lean**2).sqrt() * size[..., 1]]
    return Gaussians(error[:, None] * raw[..., :2], torch.stack(rows, -1).unflatten(-1, (2, 2)))


@dataclass(frozen=True)
class TrainedTracks:
    """A network with the typical step (in the data's unit), the typical error (h, 2) and how errors go together (2h, 2h)."""

    fitted: Fitted
    scale: float
    error: Tensor
    together: np.ndarray

    @property
    def horizon(self) -> int:
        """Steps that are answered."""
        return len(self.error)

    def answer(self, past: np.ndarray) -> tuple[TrackBatch, Gaussians]:
        """Gaussians for walkers with positions `past` (n, observed, 2)."""
        batch = batch_of([past], past.shape[1], self.horizon, self.scale)
        with torch.no_grad():
            return batch, gaussians(self.fitted.network(batch.features, batch.near), self.error)


class TrackGraph(AbstractQuantilePredictor):
    """A Predictor of panels whose places are walkers and whose two variables are their positions east and north, in one unit.

    `fit` trains once on one or several panels; without it an answer trains on the seen past of the panel. Walkers not seen in each
    of the last `observed` steps, and leads beyond `horizon`, are answered by the floors' mix.
    """

    name = "track_graph"
    kind = "trained"

    def __init__(self, observed: int = 8, horizon: int = 12, training: Training = TRAINING) -> None:
        if observed < 3 or horizon < 1:
            raise ArgumentError(f"observed must be at least 3 and horizon at least 1; found {observed} and {horizon}.")
        self.observed, self.horizon, self.training = observed, horizon, training
        self.trained: TrainedTracks | None = None

    def fit(self, panels: Panel | Sequence[Panel]) -> TrackGraph:
        """A copy trained on all windows of `panels`.

        Raises:
            ArgumentError: they hold too few windows in which somebody is seen throughout.
        """
        panels = [panels] if isinstance(panels, Panel) else list(panels)
        copy = TrackGraph(self.observed, self.horizon, self.training)
        copy.trained = self._train([_positions(panel) for panel in panels], self.horizon)
        if copy.trained is None:
            raise ArgumentError(f"At least {FEWEST_WINDOWS} windows of {self.observed + self.horizon} steps must hold a walker throughout.")
        return copy

    def quantiles(self, question: Question) -> np.ndarray:
        """Quantiles (q, h, n, 2) of each coordinate by itself; see `AbstractQuantilePredictor`."""
        from scipy.special import ndtri

        levels = question.levels

        out = Mix().quantiles(question)
        trained, who, past, leads = self._asked(question)
        if trained is None or not len(who):
            return out
        batch, found = trained.answer(past)
        centre = batch.straight[0] + torch.einsum("nij,hnj->hni", batch.turn[0], found.mean[0].double())
        root = torch.einsum("nij,hnjk->hnik", batch.turn[0], found.root[0].double())
        middle = past[:, -1].mean(axis=0) + centre.numpy() * trained.scale
        answer = middle + ndtri(np.array(levels))[:, None, None, None] * root.norm(dim=-1).numpy() * trained.scale
        near = leads <= trained.horizon
        block = np.ix_(np.arange(len(levels)), np.flatnonzero(near), who)
        asked = question.asked[question.rows][np.ix_(near, who)]
        out[block] = np.where(asked, answer[:, leads[near] - 1], out[block])
        return out

    def sample(self, question: Question, members: int, seed: int = 0) -> np.ndarray:
        """Joint paths (m, h, n, 2); NaN for walkers or leads that the network does not answer."""
        trained, who, past, leads = self._asked(question)
        out = np.full((members, len(leads), *question.frame.values.shape[1:]), np.nan)
        if trained is not None and len(who):
            near = np.flatnonzero(leads <= trained.horizon)
            paths = draw(trained, past, members, np.random.default_rng(seed))
            out[np.ix_(np.arange(members), near, who)] = paths[:, leads[near] - 1]
        return out

    def _asked(self, question: Question) -> tuple[TrainedTracks | None, np.ndarray, np.ndarray, np.ndarray]:
        """Networks, the walkers that they can answer, their positions (n, observed, 2) and the leads."""
        values = np.where(question.seen, _positions(question.frame), np.nan)
        rows = question.rows
        if not len(rows) or rows[0] < self.observed:
            return None, np.arange(0), np.empty((0, self.observed, 2)), rows
        past = values[: rows[0]]
        later = np.isfinite(values[rows[0] :]).any(axis=(0, 2))
        who = np.flatnonzero(np.isfinite(past[-self.observed :]).all(axis=(0, 2)) & ~later)
        leads = rows - rows[0] + 1
        trained = self.trained or self._train([past], min(int(leads[-1]), self.horizon))
        return trained, who, past[-self.observed :, who].transpose(1, 0, 2), leads

    def _train(self, scenes: list[np.ndarray], horizon: int) -> TrainedTracks | None:
        found = [stretches(values, self.observed + horizon) for values in scenes]
        share = np.concatenate([np.arange(len(w)) / max(len(w), 1) for w in found])
        flat = [w for windows in found for w in windows]
        if len(flat) < FEWEST_WINDOWS:
            return None
        windows = [flat[i] for i in np.argsort(share, kind="stable")]  # so that the last are the last of every scene
        scale = _typical_step(windows)
        make = lambda index: batch_of([windows[i] for i in index], self.observed, horizon, scale)  # noqa: E731
        error = _typical_error(make, len(windows))

        def loss(network: nn.Module, index: np.ndarray) -> Tensor:
            batch = make(index)
            miss = gaussians(network(batch.features, batch.near), error).surprise(batch.truth)
            return (miss * batch.there[:, None]).sum() / (batch.there.sum() * horizon)

        gap = (self.observed + horizon) * len(scenes)
        fitted = fit(lambda: TrackNet(self.observed - 1, horizon), loss, len(windows), gap, self.training)
        return TrainedTracks(fitted, scale, error, _together(fitted.network, make, len(windows), error))


def draw(trained: TrainedTracks, past: np.ndarray, members: int, rng: np.random.Generator) -> np.ndarray:
    """Joint paths (m, h, n, 2) of walkers with positions `past` (n, observed, 2), each walker by itself."""
    batch, found = trained.answer(past)
    root = np.linalg.cholesky(trained.together)
    noise = rng.standard_normal((members, len(past), len(root))) @ root.T
    noise = noise.reshape(members, len(past), trained.horizon, 2).transpose(0, 2, 1, 3)
    off = found.mean[0].numpy() + np.einsum("hnij,mhnj->mhni", found.root[0].numpy(), noise)
    way = batch.straight[0].numpy() + np.einsum("nij,mhnj->mhni", batch.turn[0].numpy(), off)
    return past[:, -1].mean(axis=0) + way * trained.scale


def _positions(panel: Panel) -> np.ndarray:
    if panel.values.shape[2] != 2:
        raise DimensionError(
            f"track_graph reads panels of two variables, the positions of walkers east and north; found {panel.values.shape[2]}: "
            f"{', '.join(panel.variables)}. Use another network, or choose the two with target=."
        )
    return panel.values.astype(float)


def _typical_step(windows: list[np.ndarray]) -> float:
    """Root mean square move in a step, in the data's unit; 1 where nobody moves."""
    square = np.mean(np.concatenate([np.square(np.diff(w, axis=1)).sum(-1).ravel() for w in windows]))
    largest = max(np.abs(w).max() for w in windows)
    return float(np.sqrt(square)) if square > (1e-9 * largest) ** 2 else 1.0


def _typical_error(make, count: int) -> Tensor:
    """Root mean square error (h, 2) of walking straight on, along and across."""
    batches = [make(index) for index in np.array_split(np.arange(count), max(count // 64, 1))]
    total = torch.stack([b.truth.square().sum((0, 2)) for b in batches]).sum(0)
    return (total / max(sum(int(b.there.sum()) for b in batches), 1)).sqrt().clamp(min=1e-6)


def _together(network: nn.Module, make, count: int, error: Tensor) -> np.ndarray:
    """How standard errors of different steps go together, (2h, 2h) over all walkers; within a step they are the Gaussian's own."""
    parts = []
    for index in np.array_split(np.arange(count), max(count // 64, 1)):
        batch = make(index)
        with torch.no_grad():
            standard = gaussians(network(batch.features, batch.near), error).standard(batch.truth)
        parts.append(standard.transpose(1, 2)[batch.there].double().numpy())
    each = np.concatenate(parts)
    square = np.einsum("phi,phj->hij", each, each) / len(each)
    root = np.linalg.cholesky(square + 1e-12 * np.eye(2))
    flat = np.linalg.solve(root, each[..., None])[..., 0].reshape(len(each), -1)
    return 0.99 * flat.T @ flat / len(flat) + 0.01 * np.eye(flat.shape[1])
