"""Runs: flagged steps that follow one another at one place are one event; what is under way is kept, and no more.

What others tell exactly makes events of its own, one of all that break the same steps.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chronotope.data.panel import Panel
from chronotope.tasks.detecting.by_others import by_others
from chronotope.tasks.watching.judge import Judged

POINT = 3  # steps up to which a run is a point
REST = 2  # steps without a flag after which a run is over


class Runs:
    """Events as they come.

    Args:
        frame: a panel with the names of places and variables; its values are not read.
    """

    def __init__(self, frame: Panel) -> None:
        self._frame = frame
        self._open: dict[tuple[int, int, bool], dict[str, Any]] = {}
        self._ended: list[dict[str, Any]] = []

    def add(self, time: np.datetime64, values: np.ndarray, judged: Judged, rate: float) -> None:
        """A row of values (n, v) that was judged."""
        flags = np.nan_to_num(judged.score) > -np.log10(rate)
        flagged = {(int(place), int(k), (int(place), int(k)) in judged.told) for place, k in zip(*np.nonzero(flags))}
        for place, k, is_told in sorted(flagged):
            self._flagged((place, k, is_told), time, float(values[place, k]), judged)
        for key in [key for key in self._open if key not in flagged]:
            self._open[key]["rest"] += 1
            if self._open[key]["rest"] > REST:
                self._ended.append(self._open.pop(key))

    def told(self) -> list[dict[str, Any]]:
        """Events that ended since this was asked last, which are forgotten, and those under way; the most surprising first."""
        ended, self._ended = self._ended, []
        runs = sorted((*ended, *self._open.values()), key=lambda run: -run["peak"])
        groups: dict[Any, list[dict[str, Any]]] = {}
        for number, run in enumerate(runs):
            groups.setdefault((run["k"], run["start"], run["end"]) if run["is_told"] else number, []).append(run)
        return [self._event(group) for group in groups.values()]

    def _flagged(self, key: tuple[int, int, bool], time: np.datetime64, value: float, judged: Judged) -> None:
        place, k, is_told = key
        score, slow = float(judged.score[place, k]), bool(judged.slow[place, k])
        begun = {"place": place, "k": k, "is_told": is_told, "start": time, "steps": 0, "slow": 0, "peak": -1.0, "told": ""}
        run = self._open.setdefault(key, begun)
        run["end"], run["rest"], run["steps"], run["slow"] = time, 0, run["steps"] + 1, run["slow"] + slow
        if score > run["peak"]:
            run["peak"] = score
            expected = f"expected {judged.low[place, k]:.4g} to {judged.high[place, k]:.4g} by what came before"
            run["told"] = by_others(value, judged.told[place, k], (place, k), self._frame) if is_told else expected

    def _event(self, runs: list[dict[str, Any]]) -> dict[str, Any]:
        """An event of runs that belong together, the most surprising first."""
        run = runs[0]
        names = [one["place"] if self._frame.places is None else self._frame.places[one["place"]] for one in runs]
        who, variable = names[0] if len(names) == 1 else f"{len(names)} places", self._frame.variables[run["k"]]
        kind = "drift" if 2 * run["slow"] > run["steps"] else "point" if run["steps"] <= POINT else "level"
        row = {"start": run["start"], "end": run["end"], "places": names, "variable": variable}
        row |= {"kind": "inconsistent" if run["is_told"] else kind, "peak_score": run["peak"]}
        return row | {"evidence": f"{variable} at {who}: {run['told']}"}
