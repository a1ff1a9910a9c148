"""School: pairs of coarse and fine of which both are known - the field itself one scale up, or steps that were seen fine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from chronotope.evidence.fine.blocks import Factor, block_means, inside, shifted
from chronotope.evidence.fine.kernels import POWERS, USUAL, Detail, around, details, stretch_of
from chronotope.evidence.fine.measure import Measure
from chronotope.evidence.fine.network import correction

LEAST, PLACES = 48, 6  # blocks with a truth that can teach anything, and at how many places side by side
MOST = 30_000  # blocks tried
SILENT = 1e-3  # weight of a rule that need not be heard
ROOTS = (1.0, 0.75, 0.5, 0.35, 0.25)
NETWORK = "network"
Rule = float | str  # a kernel by its power, or the network
RULES: tuple[Rule, ...] = (*POWERS, NETWORK)
CLEARLY = 0.99  # of the squared error of values themselves


@dataclass(frozen=True)
class Lesson:
    """Blocks of which the inside is known.

    Attributes:
        said: what each rule says, (m, k, r).
        sd: of each rule, (m, k, r), in differences one cell away.
        truth: detail (m, k).
        rough: how much neighbours differ around each block, (m,).
        usual: the same over all steps at each of their places, (m,).
    """

    said: np.ndarray
    sd: np.ndarray
    truth: np.ndarray
    rough: np.ndarray
    usual: np.ndarray


def rules_for(measure: Measure) -> tuple[Rule, ...]:
    """The rules that can be asked; the network reads no directions."""
    return RULES if measure.turn is None else POWERS


def rules_say(coarse: np.ndarray, factor: Factor, measure: Measure, rules: tuple[Rule, ...]) -> tuple[Iterator[Detail], np.ndarray]:
    """What rules say of coarse values (t, y, x), one after the other, and how rough it is around each block, (t, y, x)."""
    beside, seen = around(coarse, measure.turn)
    read = measure.read(coarse)
    apart = around(read, measure.turn)[0] if read is not coarse else beside

    def say(rule: Rule) -> Detail:
        if isinstance(rule, str):
            one = details(beside, seen, factor, USUAL, 1.0)
            return Detail(measure.above_floor(one.value + correction(coarse, factor), coarse), one.sd)
        one = details(apart, seen, factor, rule, stretch_of(read, measure.turn, rule))
        return Detail(measure.detail(one.value, coarse), one.sd)

    return map(say, rules), roughness(beside, seen)


def mixed(coarse: np.ndarray, factor: Factor, measure: Measure, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Detail (t, y, x, k) and deviation (t, y, x, k) of a mixture of rules, and roughness (t, y, x)."""
    heard = [(rule, share) for rule, share in zip(rules_for(measure), weights, strict=True) if share > SILENT]
    said, rough = rules_say(coarse, factor, measure, tuple(rule for rule, _ in heard))
    value = sd = np.zeros(1)
    total = sum(share for _, share in heard)
    for (_, share), one in zip(heard, said):
        value, sd = value + share / total * one.value, sd + share / total * one.sd
    return value, sd, rough


def roughness(beside: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Root of the mean squared difference (t, y, x) to the eight cells around, and less so to those behind them."""
    size = int(np.sqrt(seen.shape[-1]))
    step = np.abs(np.indices((size, size)) - size // 2)
    distance = np.hypot(*step).ravel()
    weight = np.where(distance > 0, np.exp(-2 * np.maximum(distance, 1.0)), 0.0)
    scaled = beside**2 / np.maximum(distance, 1.0)
    return np.sqrt((scaled * weight * seen).sum(axis=-1) / np.maximum((weight * seen).sum(axis=-1), 1e-12))


def usual(rough: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Root mean square of roughness (t, y, x) over the steps at which a place is known, in every step."""
    mean = np.where(known, rough**2, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return np.broadcast_to(np.sqrt(mean), rough.shape)


def lesson(fine: np.ndarray, factor: Factor, measure: Measure, rules: tuple[Rule, ...] = ()) -> Lesson | None:
    """Blocks of fine values (t, y, x), laid in every way, and what rules say of them, by default all; None where there are too few."""
    if not _is_enough(fine, factor):
        return None
    parts = [part for part in (_one(one, factor, measure, rules or rules_for(measure)) for one in _some(fine, factor)) if len(part.truth)]
    if sum(len(part.truth) for part in parts) < LEAST:
        return None
    return Lesson(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("said", "sd", "truth", "rough", "usual")))


def own_lesson(coarse: np.ndarray, factor: Factor, measure: Measure) -> tuple[Lesson | None, Factor, Measure]:
    """The field itself one scale up, with the largest factor up to the one that is asked for which there are enough blocks.

    With it the measure whose root would have erred least there, where values have a floor.
    """
    for size in range(max(factor), 1, -1):
        tried = (min(factor[0], size), min(factor[1], size))
        if _is_enough(coarse, tried):
            best = best_root(coarse, tried, measure)
            found = lesson(coarse, tried, best)
            if found is not None:
                return found, tried, best
    return None, factor, measure


def best_root(coarse: np.ndarray, factor: Factor, measure: Measure) -> Measure:
    """The measure by the root that errs least one scale up; values themselves unless a root is better by `CLEARLY`."""
    if measure.floor is None:
        return measure
    errors = {}
    for root in ROOTS:
        found = lesson(coarse, factor, replace(measure, root=root), (USUAL,))
        if found is None:
            return measure
        errors[root] = float(((found.said[..., 0] - found.truth) ** 2).mean())
    best = min(errors, key=lambda root: errors[root])
    return replace(measure, root=best) if errors[best] < CLEARLY * errors[1.0] else measure


def _is_enough(fine: np.ndarray, factor: Factor) -> bool:
    """Whether blocks, laid in every way, are at enough places."""
    places = sum(int(np.isfinite(block_means(part, factor)).any(axis=0).sum()) for part in _some(fine, factor))
    return places >= PLACES * factor[0] * factor[1]


def _some(fine: np.ndarray, factor: Factor) -> list[np.ndarray]:
    """Steps spread over the time, so that all blocks together are not too many."""
    each = max(fine.shape[1] * fine.shape[2], 1)
    steps = np.unique(np.linspace(0, len(fine) - 1, int(np.clip(MOST // each, 1, len(fine)))).astype(int))
    return list(shifted(fine[steps], factor)) if len(fine) else []


def _one(fine: np.ndarray, factor: Factor, measure: Measure, rules: tuple[Rule, ...]) -> Lesson:
    coarse = block_means(fine, factor)
    heard, rough = rules_say(coarse, factor, measure, rules)
    said, known = list(heard), np.isfinite(coarse)
    truth = (inside(fine, factor) - coarse[..., None])[known]
    pick = lambda name: np.stack([getattr(one, name)[known] for one in said], axis=-1)  # noqa: E731
    return Lesson(pick("value"), pick("sd"), truth, rough[known], usual(rough, known)[known])
