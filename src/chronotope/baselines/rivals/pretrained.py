"""Pretrained networks of others with weights that you have: Chronos-2, TimesFM 2.5, TiRex, Toto. Nothing is ever fetched."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

from chronotope.baselines.intervals import nan_quantiles
from chronotope.baselines.rivals.base import AbstractForecaster, Past, folder_of, needed
from chronotope.errors import NoFileError
from chronotope.questions.levels import at_levels

_CONTEXT = 2048
_NINE = tuple(round(0.1 * i, 1) for i in range(1, 10))


class _Pretrained(AbstractForecaster):
    """Reads the last `context` steps; loads its network from the folder `path` when it is made."""

    def __init__(self, path: str | Path | None = None, context: int = _CONTEXT) -> None:
        self.path, self.context = folder_of(path, f"rival:{self.name}"), context
        if "torch" not in sys.modules:
            os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        with contextlib.redirect_stdout(io.StringIO()):
            self.network: Any = self._load()

    def _load(self) -> Any:
        """The network of `path`."""
        raise NotImplementedError

    def _need(self, module: str, way: str) -> Any:
        return needed(module, f"rival:{self.name}", way)

    def _file(self, name: str) -> Path:
        """A file of the folder, or `path` itself if it is a file.

        Raises:
            NoFileError: it is not there.
        """
        file = self.path if self.path.is_file() else self.path / name
        if not file.is_file():
            raise NoFileError(f"rival:{self.name} needs the file {name} in the folder of weights; {str(self.path)!r} holds none.")
        return file


class Chronos2(_Pretrained):
    """Chronos-2 of Amazon (package chronos-forecasting); the variables of a place are one multivariate series."""

    name = "chronos2"

    def _load(self) -> Any:
        package = self._need("chronos", "pip install 'chronotope[pretrained]'")
        self._file("config.json")
        return package.Chronos2Pipeline.from_pretrained(str(self.path.resolve()), local_files_only=True)

    def ahead(self, past: Past, levels: tuple[float, ...]) -> np.ndarray:
        groups = [(own, other[-self.context :]) for own, other in _of_each_place(past)]
        have = [float(level) for level in self.network.quantiles]
        found, _ = self.network.predict_quantiles(
            [variates.T.astype(np.float32) for _, variates in groups], prediction_length=past.horizon, quantile_levels=have
        )
        out = np.full((len(have), past.horizon, past.z.shape[1]), np.nan)
        for (own, _), answer in zip(groups, found):
            out[..., own] = answer.float().numpy().transpose(2, 1, 0)[..., : len(own)]
        return at_levels(np.maximum.accumulate(out, axis=0), tuple(have), levels)


class TimesFM(_Pretrained):
    """TimesFM 2.5 of Google (package timesfm); series by series, its continuous quantile head up to 1,024 steps.

    The package fills gaps with straight lines and holds the last value where a series ends early.
    """

    name = "timesfm"

    def _load(self) -> Any:
        package = self._need("timesfm", "pip install 'chronotope[pretrained]'")
        self._package = package
        network = package.TimesFM_2p5_200M_torch(torch_compile=False)
        network.load_checkpoint(str(self._file("model.safetensors")))
        return network

    def ahead(self, past: Past, levels: tuple[float, ...]) -> np.ndarray:
        settings = self._package.ForecastConfig(
            max_context=self.context,
            max_horizon=past.horizon,
            per_core_batch_size=min(32, past.z.shape[1]),
            normalize_inputs=True,
            use_continuous_quantile_head=past.horizon <= 1024,
            force_flip_invariance=True,
            infer_is_positive=False,  # every series starts at zero here, also those that may fall below
            fix_quantile_crossing=True,
        )
        self.network.compile(settings)
        _, found = self.network.forecast(past.horizon, [series[-self.context :].astype(np.float32) for series in past.z.T])
        return at_levels(np.asarray(found, float)[..., 1:].transpose(2, 1, 0), _NINE, levels)


class TiRex(_Pretrained):
    """TiRex of NXAI (package tirex-ts, whose own licence limits commercial use); series by series, gaps are masked."""

    name = "tirex"

    def _load(self) -> Any:
        self._need("tirex", "pip install 'chronotope[pretrained]'")
        network = self._need("tirex.models.tirex", "pip install 'chronotope[pretrained]'").TiRexZero
        return network.from_pretrained(str(self._file("model.ckpt")), backend="torch", device="cpu").eval()

    def ahead(self, past: Past, levels: tuple[float, ...]) -> np.ndarray:
        context = np.ascontiguousarray(past.z[-self.context :].T, dtype=np.float32)
        found, _ = self.network.forecast(context=context, output_type="numpy", prediction_length=past.horizon)
        return at_levels(np.asarray(found, float).transpose(2, 1, 0), tuple(float(q) for q in self.network.config.quantiles), levels)


class Toto(_Pretrained):
    """Toto of Datadog (package toto-ts); the variables of a place are one multivariate series, quantiles are those of sampled paths.

    Every place is sampled with the same seed, so that the order of the places does not matter. The package pins another torch; install
    it with --no-deps, and gluonts, toolz, lightning, lightning-utilities, torchmetrics, rotary-embedding-torch and huggingface-hub.
    """

    name = "toto"
    samples = 128

    def _load(self) -> Any:
        way = "pip install --no-deps toto-ts"
        self._data = self._need("toto.data.util.dataset", way)
        forecaster = self._need("toto.inference.forecaster", way).TotoForecaster
        self._file("model.safetensors")
        return forecaster(self._need("toto.model.toto", way).Toto.load_from_checkpoint(str(self.path), map_location="cpu").model)

    def ahead(self, past: Past, levels: tuple[float, ...]) -> np.ndarray:
        import torch

        out = np.full((len(levels), past.horizon, past.z.shape[1]), np.nan)
        times = past.panel.times[: len(past.z)][-self.context :].astype("datetime64[s]").astype(np.int64)
        step = int(past.panel.step / np.timedelta64(1, "s"))
        for own, variates in _of_each_place(past):
            values = torch.tensor(variates[-self.context :].T, dtype=torch.float32)[None]
            series = self._data.MaskedTimeseries(
                series=torch.nan_to_num(values),
                padding_mask=torch.isfinite(values),
                id_mask=torch.zeros_like(values),
                timestamp_seconds=torch.tensor(times).expand(values.shape),
                time_interval_seconds=torch.full(values.shape[:2], step),
            )
            with torch.random.fork_rng(devices=[]), torch.no_grad():
                torch.manual_seed(0)
                found = self.network.forecast(series, past.horizon, num_samples=self.samples, samples_per_batch=self.samples)
            paths = found.samples[0, : len(own)].float().numpy()
            out[..., own] = nan_quantiles(paths.transpose(2, 1, 0), levels)
        return out


def _of_each_place(past: Past) -> list[tuple[np.ndarray, np.ndarray]]:
    """For each place its columns of `past.z`, and its series (t, v): those asked first, then its other variables in one scale."""
    width = past.panel.values.shape[2]
    places = past.columns // width
    groups = []
    for place in np.unique(places):
        own = np.flatnonzero(places == place)
        rest = [c for c in range(place * width, (place + 1) * width) if c not in past.columns[own] and np.isfinite(past.x[:, c]).any()]
        other = past.x[:, rest]
        spread = np.nanstd(other, axis=0)
        groups.append((own, np.hstack([past.z[:, own], (other - np.nanmin(other, axis=0)) / np.where(spread > 0, spread, 1.0)])))
    return groups
