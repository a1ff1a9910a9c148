"""Hidden: the parts of what is seen - places, stretches of the past, variables - that are taken away in turn."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from chronotope.questions import Question

RECENT, DAYS = 0.25, 7  # of a cycle that is its latest part; cycles that are hidden one by one


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


def places(question: Question, most: int) -> list[Part]:
    """Every place that is seen, or those `most` that go most alike with what is asked."""
    asked = np.asarray(question.asked.any(axis=0))
    seen = np.asarray(question.seen.any(axis=(0, 2)))
    others = seen & ~(asked.any(axis=1) & (asked.any(axis=1).sum() == 1))
    index = np.flatnonzero(others)
    if len(index) > most:
        index = index[np.argsort(-_likeness(question)[index], kind="stable")[:most]]
    names = np.arange(len(seen)) if question.frame.places is None else question.frame.places
    out = []
    for place in sorted(index):
        cells, concerns = np.zeros(question.seen.shape, bool), asked.copy()
        cells[:, place], concerns[place] = True, False
        out.append(Part("place", str(names[place]), cells, concerns))
    return out


def times(question: Question, cycle: int) -> list[Part]:
    """The latest quarter of a cycle, the rest of it, the cycles before, and all that is older."""
    cut, latest = question.first, max(1, round(RECENT * cycle))
    edges = [0, latest, *(cycle * k for k in range(1, DAYS + 1) if cycle * k > latest)]
    edges = [edge for edge in edges if edge < cut] + [cut]
    out = []
    for near, far in zip(edges[:-1], edges[1:]):
        cells = np.zeros(question.seen.shape, bool)
        cells[cut - far : cut - near] = True
        name = f"{question.frame.times[cut - far]} to {question.frame.times[cut - near - 1]}".replace(":00.000000000", "").replace("T", " ")
        out.append(Part("time", name, cells, np.asarray(question.asked.any(axis=0))))
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


def _likeness(question: Question) -> np.ndarray:
    """How much each place (n,) goes alike with the asked ones, in changes from step to step of the first asked variable."""
    asked = np.asarray(question.asked.any(axis=0))
    k = int(np.flatnonzero(asked.any(axis=0))[0])
    x = np.diff(question.visible()[: question.first, :, k].astype(float), axis=0)
    x = np.nan_to_num(x - np.nanmean(x, axis=0, where=np.isfinite(x)))
    size = np.sqrt((x**2).sum(axis=0)) + 1e-12
    alike = np.abs(x.T @ x) / size / size[:, None]
    np.fill_diagonal(alike, 0.0)
    return np.asarray(alike[:, asked[:, k]].mean(axis=1))
