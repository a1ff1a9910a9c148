"""Completion: the words that a shell offers for an option; asked only while someone presses Tab."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

KINDS = ("grid", "graph", "points", "tracks", "events", "video")


def model_names(incomplete: str) -> list[str]:
    """Names of models; folders are for the shell itself."""
    from chronotope.tasks.load import models

    return [str(name) for name in models().index if str(name).startswith(incomplete)]


def _words(*words: str) -> Callable[[str], list[str]]:
    return lambda incomplete: [word for word in words if word.startswith(incomplete)]


COMPLETED: dict[str, Callable[..., Any]] = {
    "model": model_names,
    "models": model_names,
    "kind": _words(*KINDS),
    "device": _words("cpu", "cuda", "mps", "auto"),
    "by": _words("lead", "place", "region", "hour", "season"),
    "per": _words("place", "object", "window", "field"),
    "form": _words("long", "wide"),
    "task": _words("forecast", "impute", "interpolate", "downscale", "tracks", "events"),
    "method": _words("lora", "head", "full", "prompt"),
}
"""What fits an option, by its name in the schema: called with what was typed so far."""
