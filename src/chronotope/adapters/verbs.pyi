"""The verbs as functions of any data; written by scripts/make_stubs.py from `Model`."""

from typing import Any

from chronotope.tasks.events.detection import EventDetection
from chronotope.tasks.results.detection import Detection
from chronotope.tasks.results.embedding import Embedding
from chronotope.tasks.results.forecast import Forecast

def forecast(
    data: Any,
    horizon: Any,
    *,
    at: Any = ...,
    target: Any = ...,
    quantiles: Any = ...,
    context: Any = ...,
    known_future: Any = ...,
    cell: Any = ...,
    along: Any = ...,
    reconcile: Any = ...,
    budget: Any = ...,
    model: Any = ...,
    device: str = ...,
    **opening: Any,
) -> Any: ...
def backcast(
    data: Any,
    horizon: Any,
    *,
    target: Any = ...,
    quantiles: Any = ...,
    context: Any = ...,
    budget: Any = ...,
    model: Any = ...,
    device: str = ...,
    **opening: Any,
) -> Forecast: ...
def impute(
    data: Any,
    *,
    target: Any = ...,
    quantiles: Any = ...,
    context: Any = ...,
    budget: Any = ...,
    model: Any = ...,
    device: str = ...,
    **opening: Any,
) -> Forecast: ...
def interpolate(
    data: Any,
    at: Any,
    *,
    target: Any = ...,
    quantiles: Any = ...,
    context: Any = ...,
    budget: Any = ...,
    model: Any = ...,
    device: str = ...,
    **opening: Any,
) -> Forecast: ...
def downscale(
    data: Any,
    factor: Any = ...,
    *,
    to: Any = ...,
    like: Any = ...,
    how: str = ...,
    target: Any = ...,
    quantiles: Any = ...,
    budget: Any = ...,
    model: Any = ...,
    device: str = ...,
    **opening: Any,
) -> Forecast: ...
def simulate(
    data: Any,
    horizon: Any = ...,
    n: Any = ...,
    seed: Any = ...,
    *,
    fill: bool = ...,
    at: Any = ...,
    target: Any = ...,
    context: Any = ...,
    known_future: Any = ...,
    reconcile: Any = ...,
    cell: Any = ...,
    budget: Any = ...,
    model: Any = ...,
    device: str = ...,
    **opening: Any,
) -> Any: ...
def detect(
    data: Any,
    rate: float = ...,
    *,
    target: Any = ...,
    context: Any = ...,
    causal: bool = ...,
    cell: Any = ...,
    budget: Any = ...,
    model: Any = ...,
    device: str = ...,
    **opening: Any,
) -> Detection | EventDetection: ...
def embed(
    data: Any,
    per: str = ...,
    *,
    target: Any = ...,
    window: Any = ...,
    context: Any = ...,
    budget: Any = ...,
    model: Any = ...,
    device: str = ...,
    **opening: Any,
) -> Embedding: ...
