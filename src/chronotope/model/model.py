"""The network as a predictor: one question in, quantiles or vectors out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial, reduce
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np

from chronotope.backbone.half import has_bf16
from chronotope.evidence.describe import describe
from chronotope.evidence.describe.whitening import shipped
from chronotope.evidence.motion.heard import Heard
from chronotope.model.between import with_places
from chronotope.model.closed import with_closed
from chronotope.model.constant import with_constant
from chronotope.model.counts import with_counts
from chronotope.model.fine import asks_within, predict_within
from chronotope.model.gaps import with_gaps
from chronotope.model.growth import carried_on
from chronotope.model.leaps import without_leaps
from chronotope.model.meeting import with_meeting
from chronotope.model.moving import with_motion
from chronotope.model.nature import by_nature
from chronotope.model.orders import within_orders
from chronotope.model.paths import refined
from chronotope.model.plateaus import with_plateaus
from chronotope.model.routes import along_routes
from chronotope.model.shares import Mixed, Shares, shares_of
from chronotope.model.still import with_still
from chronotope.model.usual import with_usual
from chronotope.questions import AbstractQuantilePredictor, Quantiles, Question, VectorAnswer, Vectors, Want
from chronotope.tokens.pooling import pooled
from chronotope.tokens.tiling import by_tiles
from chronotope.tokens.tokenizer import Options, Tile, Tokens, make_passes, make_tokens

if TYPE_CHECKING:
    from chronotope.backbone.network import Network


FEW = 512  # tokens up to which products are in single precision
Ask = Callable[[Question], np.ndarray]
Stage = Callable[[Question, Ask], np.ndarray]


class NetworkPredictor(AbstractQuantilePredictor):
    """Answers any pair of masks with a pretrained network.

    Args:
        network: in evaluation mode.
        name: of the weights.
        options: parts switched off.
        bf16: use bf16 matrix products; None: for more than a few tokens where the processor has them, and on an accelerator.
        device: where the network is.
    """

    kind = "network"
    gives: ClassVar[frozenset[type[Want]]] = frozenset({Quantiles, Vectors})

    def __init__(self, network: Network, name: str, options: Options = Options(), bf16: bool | None = None, device: str = "cpu") -> None:
        self.network, self.name, self.device, self._options = network, name, device, options
        self._bf16 = bf16

    def options(self, **changed: bool) -> NetworkPredictor:
        """The same predictor with parts switched off: `memory=False`, `neighbours=False`, `motion=False`, `gaps=False`, `counts=False`,
        `routes=False`; or leaps read, `leaps=True`."""
        return NetworkPredictor(self.network, self.name, replace(self._options, **changed), self._bf16, self.device)

    def around(self, network: Network, name: str) -> NetworkPredictor:
        """The same predictor around another network."""
        return NetworkPredictor(network, name, self._options, self._bf16, self.device)

    def quantiles(self, question: Question) -> np.ndarray:
        """Quantiles (q, h, n, v) of the asked cells; see `AbstractQuantilePredictor`.

        What lies inside blocks is answered by `model.fine`, which errs less than the network there (docs/how-to-downscale.md).
        """
        if asks_within(question):
            return predict_within(question)
        return by_nature(question, self._by_kind)

    def answer(self, question: Question) -> Any:
        """Quantiles of the asked cells, or vectors of what is seen; see `Predictor.answer`."""
        return VectorAnswer(self.vectors(question)) if isinstance(question.want, Vectors) else super().answer(question)

    def vectors(self, question: Question) -> np.ndarray:
        """Vectors float32 (n, f), (w, n, f) or (f,) of what is seen, the same for all weights.

        They come from the description of each series and a matrix fitted on simulated worlds. What the network's tokens hold beside
        it was measured: on regimes it adds nothing, and between data sets it tells their clocks (docs/how-to-embed.md).
        """
        return pooled(question, lambda x, step: shipped().vectors(describe(x, step)))

    def _by_kind(self, question: Question) -> np.ndarray:
        """The network's answer without what leaps away once (`leaps`), behind what knows better: whole frames that are missing from both
        sides (`meeting`, while places are a whole grid), places never seen by what others show at the time (`between`), gaps also by what
        is seen around them (`gaps`), small counts also by their rates (`counts`), what moves carried on (`moving`), and what nearly always
        is the same not told to leave for sure (`usual`). All of them are asked on a scale that fits (`orders`), and where a phase of the
        day never moved, or what is around a gap, no answer does (`still`, `plateaus`). What was never zero for so long may stay so
        (`closed`), and what never moved does not (`constant`). What is on its way from other series is put on it (`routes`)."""
        options, answer = self._options, partial(by_tiles, answer=self._run, options=self._options)
        question = question if options.leaps else without_leaps(question)
        if not options.neighbours:
            return answer(question)
        stages: list[tuple[Stage, bool]] = [
            (with_usual, options.memory),
            (with_motion, options.motion),
            (with_counts, options.memory and options.counts),
            (with_gaps, options.memory and options.gaps),
            (with_places, True),
            (with_meeting, options.memory and options.gaps and options.motion),
            (within_orders, True),
            (with_still, options.memory),
            (with_plateaus, options.memory and options.gaps),
            (with_closed, options.memory),
            (with_constant, options.memory),
            (along_routes, options.routes),
        ]
        return _through([stage for stage, on in stages if on], answer)(question)

    def shares(self, question: Question) -> Shares | None:
        """How much of the answer each candidate has; see `model.shares`."""
        made, other = shares_of(question, self._mixed), self.options(routes=False)
        if made is None or not (self._options.neighbours and self._options.routes):
            return made
        told, plain = (one.quantiles(question.wanting((0.5,)))[0] for one in (self, other))
        return replace(made, routes=np.where(np.isfinite(made.moved), told - plain, np.nan))

    def refine_paths(self, heard: Heard, times: np.ndarray, step: float) -> Heard:
        """What the rules of motion say with paths that the network moved, where it did better than they; see `model.paths`."""
        return refined(heard, self._said, times, step)

    def _run(self, tile: Tile, starts: np.ndarray) -> np.ndarray:
        """Scaled quantiles (s, q, p, levels) of the query patches."""
        passes = make_passes(tile, starts, self._options)
        return np.concatenate([carried_on(self._said(tokens), tokens, tile) for tokens in passes], axis=1)

    def _said(self, tokens: Tokens) -> np.ndarray:
        import torch

        with torch.inference_mode(), self._autocast(tokens):
            return np.asarray(self.network(**self._tensors(tokens.within())).float().cpu().numpy())

    def _mixed(self, tile: Tile, starts: np.ndarray) -> Mixed:
        """The same, and of which candidates it is mixed."""
        import torch

        from chronotope.heads.quantile import QuantileHead

        made = make_tokens(tile, starts, self._options)[0].within()
        tokens = self._tensors(made)
        known = {name: tokens[name] for name in self.network.head.reads}
        read = {name: tokens[name] for name in ("context", "query", "position", "key", "balls", "relation")}
        with torch.inference_mode(), self._autocast(made):
            x = self.network.encode(**read, first=tokens["context"].shape[1]).contiguous()
            head = cast(QuantileHead, self.network.head)
            gate, answer = head.gates_and_moves(x, **known)[0], head(x, **known)
        return Mixed(carried_on(answer.float().numpy(), made, tile), gate.float().numpy(), tokens["centre"].numpy())

    def _tensors(self, tokens: Tokens) -> dict[str, Any]:
        import torch

        turn = lambda a: torch.from_numpy(np.ascontiguousarray(a)).to(self.device)  # noqa: E731
        return {k: tuple(turn(x) for x in v) if isinstance(v, tuple) else turn(v) for k, v in vars(tokens).items()}

    def _autocast(self, tokens: Tokens) -> AbstractContextManager[Any]:
        """Half precision where it pays; of few tokens it would only add rounding."""
        import torch

        series, patches = tokens.context.shape[0], tokens.context.shape[1] + tokens.query.shape[1]
        kind = self.device.split(":")[0]
        use = has_bf16(self.device) and series * patches > FEW if self._bf16 is None else self._bf16
        return torch.autocast(kind, torch.bfloat16) if use else nullcontext()


def _through(stages: Sequence[Stage], answer: Ask) -> Ask:
    """Each stage answers what it knows and asks the one before it for the rest; the first of them asks `answer`."""
    return reduce(lambda rest, stage: lambda question: stage(question, rest), stages, answer)
