"""Runs: flagged steps that follow one another at one place are one event; what is under way is kept, and no more."""

from __future__ import annotations

from typing import Any

import numpy as np

from chronotope.tasks.watching.judge import Judged

POINT = 3  # steps up to which a run is a point
REST = 2  # steps without a flag after which a run is over


class Runs:
    """Events as they come.

    Args:
        variables, places: names.
        wanted: bool (v,), variables that are judged.
    """

    def __init__(self, variables: tuple[str, ...], places: np.ndarray | None, wanted: np.ndarray) -> None:
        self._variables, self._places, self._wanted = variables, places, wanted
        self._open: dict[tuple[int, int], dict[str, Any]] = {}
        self._ended: list[dict[str, Any]] = []

    def add(self, time: np.datetime64, judged: Judged, rate: float) -> None:
        """A row that was judged."""
        flags = np.nan_to_num(judged.score) > -np.log10(rate)
        for place, k in zip(*np.nonzero(flags)):
            self._flagged(int(place), int(k), time, judged)
        for key in [key for key, run in self._open.items() if not flags[key]]:
            self._open[key]["rest"] += 1
            if self._open[key]["rest"] > REST:
                self._ended.append(self._open.pop(key))

    def told(self) -> list[dict[str, Any]]:
        """Events that ended since this was asked last, which are forgotten, and those under way; the most surprising first."""
        ended, self._ended = self._ended, []
        rows = [self._told(run) for run in (*ended, *self._open.values())]
        return sorted(rows, key=lambda row: -row["peak_score"])

    def _flagged(self, place: int, k: int, time: np.datetime64, judged: Judged) -> None:
        score, slow = float(judged.score[place, k]), bool(judged.slow[place, k])
        run = self._open.setdefault((place, k), {"place": place, "k": k, "start": time, "steps": 0, "slow": 0, "peak": -1.0, "told": ""})
        run["end"], run["rest"], run["steps"], run["slow"] = time, 0, run["steps"] + 1, run["slow"] + slow
        if score > run["peak"]:
            run["peak"] = score
            run["told"] = f"expected {judged.low[place, k]:.4g} to {judged.high[place, k]:.4g} by what came before"

    def _told(self, run: dict[str, Any]) -> dict[str, Any]:
        name = run["place"] if self._places is None else self._places[run["place"]]
        variable = self._variables[run["k"]]
        kind = "drift" if 2 * run["slow"] > run["steps"] else "point" if run["steps"] <= POINT else "level"
        row = {"start": run["start"], "end": run["end"], "places": [name], "variable": variable, "kind": kind, "peak_score": run["peak"]}
        return row | {"evidence": f"{variable} at {name}: {run['told']}"}
