"""The network as a predictor: one question in, quantiles out."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from chronotope.model.nature import by_nature
from chronotope.questions import AbstractQuantilePredictor, Question
from chronotope.tokens.tiling import by_tiles
from chronotope.tokens.tokenizer import Options, Tile, make_tokens

if TYPE_CHECKING:
    from chronotope.backbone.network import Network


class NetworkPredictor(AbstractQuantilePredictor):
    """Answers any pair of masks with a pretrained network.

    Args:
        network: in evaluation mode.
        name: of the weights.
        options: parts switched off.
        bf16: use bf16 matrix products; None: where the processor has them.
    """

    kind = "network"

    def __init__(self, network: Network, name: str, options: Options = Options(), bf16: bool | None = None) -> None:
        self.network, self.name, self._options = network, name, options
        self._bf16 = bf16

    def options(self, **changed: bool) -> NetworkPredictor:
        """The same predictor with parts switched off: `memory=False`, `neighbours=False`."""
        return NetworkPredictor(self.network, self.name, replace(self._options, **changed), self._bf16)

    def quantiles(self, question: Question) -> np.ndarray:
        """Quantiles (q, h, n, v) of the asked cells; see `AbstractQuantilePredictor`."""
        return by_nature(question, lambda one: by_tiles(one, self._run, self._options))

    def _run(self, tile: Tile, starts: np.ndarray) -> np.ndarray:
        """Scaled quantiles (s, q, p, levels) of the query patches."""
        import torch

        tokens, _ = make_tokens(tile, starts, self._options)
        turn = lambda a: torch.from_numpy(np.ascontiguousarray(a))  # noqa: E731
        args: dict[str, Any] = {k: tuple(turn(x) for x in v) if isinstance(v, tuple) else turn(v) for k, v in vars(tokens).items()}
        with torch.inference_mode(), self._autocast():
            return self.network(**args).float().numpy()

    def _autocast(self) -> AbstractContextManager[Any]:
        import torch

        use = has_bf16() if self._bf16 is None else self._bf16
        return torch.autocast("cpu", torch.bfloat16) if use else nullcontext()


def has_bf16() -> bool:
    """Whether this processor multiplies bf16 matrices faster than float32."""
    import torch

    return bool(torch.backends.mkldnn.is_available() and torch.ops.mkldnn._is_mkldnn_bf16_supported())
