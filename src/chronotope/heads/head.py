"""What every head says about itself; `chronotope.heads` lists them."""

from __future__ import annotations

from typing import ClassVar

from torch import nn


class Head(nn.Module):
    """Vectors of tokens to one kind of answer; built as `Head(width, patch, floors, **options)`, options as its constructor names them.

    Attributes:
        want: what it answers: "quantiles", "samples", "rate" or "vectors".
        vectors: whose vectors (s, t, d) `forward` takes first: those of the "query" tokens or of the "context" tokens.
        reads: what it takes beside them, by the names that these parts of the tokens have.
        starts: what it answers before it has learned anything, in words.
    """

    want: ClassVar[str]
    vectors: ClassVar[str] = "query"
    reads: ClassVar[tuple[str, ...]]
    starts: ClassVar[str]
