"""Hidden: the parts of what is seen - places, stretches of the past, variables - that are taken away in turn."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from chronotope.questions import Question
from chronotope.tasks.responding.closing import next_door

RECENT, DAYS = 0.25, 7  # of a cycle that is its latest part; cycles that are hidden one by one
LAGS = (0, 1, 2, 3, 5, 8)  # steps by which another place may lead
BESIDE = 64  # further places that are read: with fewer, candidates would be tried more often, and hiding one would change that too


@dataclass(frozen=True)
class Part:
    """A part of what is seen.

    Attributes:
        kind: "place", "time" or "variable".
        name: what people call it.
        cells: bool, of the shape of the question: what is hidden.
        concerns: bool (n, v): answers that are looked at; a place says nothing of its own answer here, nor a variable.
    """

    kind: str
    name: str
    cells: np.ndarray
    concerns: np.ndarray

    def without(self, question: Question) -> Question:
        """The question that may not see it."""
        return replace(question, seen=question.seen & ~self.cells)


def together(parts: list[Part]) -> Part:
    """Several parts of one kind as one."""
    if len(parts) == 1:
        return parts[0]
    name = f"{parts[0].name}, {parts[1].name}" + (f" and {len(parts) - 2} more" if len(parts) > 2 else "")
    cells, concerns = (np.stack([getattr(part, what) for part in parts]) for what in ("cells", "concerns"))
    return Part(parts[0].kind, name, np.asarray(cells.any(axis=0)), np.asarray(concerns.all(axis=0)))


def places(question: Question, most: int) -> list[Part]:
    """Every place that is seen, or those `most` that go most alike with what is asked; the most alike first."""
    asked = np.asarray(question.asked.any(axis=0))
    seen = np.asarray(question.seen.any(axis=(0, 2)))
    others = seen & ~(asked.any(axis=1) & (asked.any(axis=1).sum() == 1))
    index = np.flatnonzero(others)
    index = index[np.argsort(-likeness(question)[index], kind="stable")[:most]]
    names = np.arange(len(seen)) if question.frame.places is None else question.frame.places
    out = []
    for place in index:
        cells, concerns = np.zeros(question.seen.shape, bool), asked.copy()
        cells[:, place], concerns[place] = True, False
        out.append(Part("place", str(names[place]), cells, concerns))
    return out


def times(question: Question, cycle: int, clock: np.ndarray, zone: str | None = None) -> list[Part]:
    """The latest quarter of a cycle, the rest of it, the cycles before, and all that is older, as `clock` (t,) shows them."""
    cut, latest = question.first, max(1, round(RECENT * cycle))
    edges = [0, latest, *(cycle * k for k in range(1, DAYS + 1) if cycle * k > latest)]
    edges = [edge for edge in edges if edge < cut] + [cut]
    out = []
    for near, far in zip(edges[:-1], edges[1:]):
        cells = np.zeros(question.seen.shape, bool)
        cells[cut - far : cut - near] = True
        name = f"{clock[cut - far]} to {clock[cut - near - 1]}".replace(":00.000000000", "").replace("T", " ")
        out.append(Part("time", f"{name} {zone}" if zone else name, cells, np.asarray(question.asked.any(axis=0))))
    return out


def variables(question: Question) -> list[Part]:
    """Every variable that is seen, past and future, for the answers about the others."""
    asked = np.asarray(question.asked.any(axis=0))
    out = []
    for k, name in enumerate(question.frame.variables):
        cells, concerns = np.zeros(question.seen.shape, bool), asked.copy()
        cells[..., k], concerns[:, k] = True, False
        if concerns.any() and question.seen[..., k].any():
            out.append(Part("variable", name, cells, concerns))
    return out


def neighbourhood(question: Question, parts: list[Part]) -> np.ndarray | None:
    """The places (k,) among which one place is asked when parts are hidden: those parts, those next door, the nearest; None for all."""
    asked = np.flatnonzero(question.asked.any(axis=(0, 2)))
    hidden = [part.cells.any(axis=(0, 2)) for part in parts if part.kind == "place"]
    wanted = sum(map(int, (one.sum() for one in hidden))) + BESIDE + 1
    if len(asked) != 1 or wanted >= question.asked.shape[1]:
        return None
    frame, place = question.frame, int(asked[0])
    away = -likeness(question) if frame.xy is None else ((frame.xy - frame.xy[place]) ** 2).sum(axis=1)
    away[next_door(place, len(away), frame.xy, frame.edges)] = -2.0
    for one in hidden:
        away[one] = -3.0
    away[place] = -4.0
    away[~question.seen.any(axis=(0, 2))] = np.inf
    return np.sort(np.argsort(away, kind="stable")[:wanted])


def among(question: Question, parts: list[Part], index: np.ndarray | None) -> tuple[Question, list[Part]]:
    """The question and its parts among some places alone."""
    if index is None:
        return question, parts
    return question.of_places(index), [replace(part, cells=part.cells[:, index], concerns=part.concerns[index]) for part in parts]


def likeness(question: Question) -> np.ndarray:
    """How much each place (n,) goes alike with the asked ones, now or some steps before, in changes of the asked variables on average."""
    asked = np.asarray(question.asked.any(axis=0))
    return np.mean([_likeness(question, np.flatnonzero(asked[:, k]), int(k)) for k in np.flatnonzero(asked.any(axis=0))], axis=0)


def _likeness(question: Question, mine: np.ndarray, k: int) -> np.ndarray:
    """The same in changes of variable `k`, with the places `mine`."""
    x = np.diff(question.visible()[: question.first, :, k].astype(float), axis=0)
    known = np.isfinite(x)
    x = np.nan_to_num(x - np.where(known, x, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1))
    x = x / (np.sqrt((x**2).sum(axis=0)) + 1e-12)
    alike = np.zeros((x.shape[1], len(mine)))
    for lag in [lag for lag in LAGS if lag < len(x)]:
        alike = np.maximum(alike, np.abs(x[: len(x) - lag].T @ x[lag:, mine]))
    alike[mine, np.arange(len(mine))] = 0.0
    return np.asarray(alike.mean(axis=1))
