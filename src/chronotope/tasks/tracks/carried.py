"""Carried: what the fixes of objects carry - wind of a storm, speed of a ship - forecast along their tracks.

A number that an object carries is a track on a line: it stays, goes on, slows down, comes back, or does what such numbers of
other objects did, also where they were as this one is. The rules of motion, tried on all objects together, say the rest.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from chronotope.baselines.paths import PathMix
from chronotope.data.field import Field
from chronotope.data.fixes import Fixes
from chronotope.data.panel import Panel
from chronotope.data.scene import Scene
from chronotope.errors import ArgumentError
from chronotope.inspect.support import Support, support_of
from chronotope.model.support import unwound
from chronotope.questions import Paths, Question, Samples
from chronotope.questions.kinds.forecast import ahead


def chosen(fixes: Fixes, field: Field, target: Any) -> Fixes:
    """The fixes with the numbers that are asked: all they carry, or those of `target`; their positions always are.

    Raises:
        ArgumentError: the field has no such variable, or it is no number of each fix.
    """
    if target is None:
        return fixes
    pair = set(fixes.pair)
    names = [name for name in ([target] if isinstance(target, str) else list(target)) if name not in pair]
    names = list(field.chosen(names)) if names else []
    odd = [name for name in names if name not in fixes.variables]
    if odd:
        raise ArgumentError(f"target must name numbers that every fix may carry ({', '.join(fixes.variables)}); found {odd[0]!r}.")
    keep = [i for i, name in enumerate(fixes.variables) if name in names]
    variables, units, called = (tuple(one[i] for i in keep) for one in (fixes.variables, fixes.units, fixes.called))
    return replace(fixes, beside=fixes.beside[:, keep], variables=variables, units=units, called=called)


def quantiles_of(scene: Scene, fixes: Fixes, horizon: int, levels: tuple[float, ...], context: int | None) -> dict[str, np.ndarray]:
    """Quantiles (q, h, k) of each carried number of the followed objects; NaN where an object never carried it."""
    made = {}
    for i, name in enumerate(fixes.variables):
        question, support, level = _asked(scene, i, fixes, horizon, context)
        values = PathMix().answer(question.wanting(Paths(levels))).values[:, :, : len(scene.objects), :1] + level
        made[name] = support.kept(values)[..., 0]
    return made


def members_of(scene: Scene, fixes: Fixes, horizon: int, want: Samples, context: int | None) -> dict[str, np.ndarray]:
    """Members (m, h, k) of each carried number of the followed objects."""
    made = {}
    for i, name in enumerate(fixes.variables):
        question, support, level = _asked(scene, i, fixes, horizon, context)
        values = PathMix().answer(question.wanting(want)).values[:, :, : len(scene.objects), :1] + level
        made[name] = support.kept(values)[..., 0]
    return made


def _asked(scene: Scene, i: int, fixes: Fixes, horizon: int, context: int | None) -> tuple[Question, Support, float]:
    """The question about a carried number as a track on a line, where such numbers of the followed can lie, and what was taken off."""
    values, name = scene.beside[..., [i]], fixes.variables[i]
    support = support_of(values, (fixes.called[i],), (fixes.units[i],))
    frame = replace(scene.panel, values=values, variables=(name,))
    whole = unwound(Question(frame, np.isfinite(values), np.zeros(values.shape, bool)), support).frame.values
    level = float(np.rint(np.nanmedian(whole))) if np.isfinite(whole).any() else 0.0
    parts = [whole - level, np.where(np.isfinite(whole), 0.0, np.nan), scene.panel.values]
    line = Panel(np.concatenate(parts, axis=2), frame.times, frame.freq, (name, "none", *scene.panel.variables))
    followed = np.zeros(line.values.shape[1:], bool)
    followed[: len(scene.objects), :2] = True
    question = ahead(line, len(line.times) - 1, horizon, context=context, target=followed)
    k = len(scene.objects)
    return question, Support(support.lower[:k], support.upper[:k], support.unit[:k], support.circle), level
