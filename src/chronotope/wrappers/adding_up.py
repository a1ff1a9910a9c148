"""Adding up: which places are sums of which, as users say it, as linear rules that values keep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from chronotope.errors import ArgumentError

FORMS = "a mapping or table from places to their parents, or a table of flows with the columns place, source, target"


@dataclass(frozen=True)
class AddingUp:
    """Rules `rules @ values = 0` for the places of a frame and sums that are none of its places.

    Attributes:
        rules: float (c, n + m): of a group its members less its sum, of a node what comes in less what goes out.
        sums: float (m, n), of which places each further sum is made.
        names: of the further sums, m of them.
        heights: int (n + m,), over how many levels each is summed up: 0 of what is no sum.
    """

    rules: np.ndarray
    sums: np.ndarray
    names: tuple[str, ...]
    heights: np.ndarray

    def extended(self, values: np.ndarray, axis: int) -> np.ndarray:
        """Values with the further sums behind the places of `axis`; NaN where a member is."""
        first = np.moveaxis(values, axis, -1)
        made = np.stack([first[..., row > 0].sum(axis=-1) for row in self.sums], axis=-1) if len(self.sums) else first[..., :0]
        return np.moveaxis(np.concatenate([first, made.astype(values.dtype)], axis=-1), -1, axis)

    def missed(self, values: np.ndarray) -> float:
        """By how much past values (t, n) of the frame's places break a rule, at worst: the median miss over its size; 0 where none can."""
        whole = self.extended(values, 1)
        off, size = np.abs(whole @ self.rules.T), np.abs(whole) @ np.abs(self.rules.T)
        share = np.where(np.isfinite(off) & (size > 0), 2 * off / np.where(size > 0, size, 1.0), np.nan)
        medians = [float(np.median(rule[np.isfinite(rule)])) for rule in share.T if np.isfinite(rule).any()]
        return max(medians, default=0.0)


def adding_up(given: Any, places: np.ndarray) -> AddingUp:
    """The rules that a user gives for places (n,) by name.

    Args:
        given: place -> parent, parent -> [places], a Series or table of either (columns place and parent), over several levels; or flows
            (columns place, source, target), whose nodes keep what comes in.
        places: names.

    Raises:
        ArgumentError: it is none of these, names places that are not there, or goes round in a circle.
    """
    table = _table(given)
    names = [str(name) for name in places]
    if {"source", "target"} <= set(table.columns):
        return _balances(table, names)
    return _groups(dict(zip(table["place"].astype(str), table["parent"].astype(str))), names)


def _table(given: Any) -> pd.DataFrame:
    """Columns place and parent, or place, source and target."""
    if isinstance(given, pd.Series):
        given = given.to_dict()
    if isinstance(given, Mapping):
        pairs = [
            (child, key) if many else (key, child)
            for key, value in given.items()
            for many in [not isinstance(value, str) and np.iterable(value)]
            for child in (value if many else [value])
        ]
        given = pd.DataFrame(pairs, columns=["place", "parent"])
    if not isinstance(given, pd.DataFrame) or not ({"place", "parent"} <= set(given) or {"place", "source", "target"} <= set(given)):
        found = f"columns {', '.join(map(str, given.columns))}" if isinstance(given, pd.DataFrame) else type(given).__name__
        raise ArgumentError(f"reconcile must be {FORMS}; found {found}.")
    part = given.dropna()
    if not len(part):
        raise ArgumentError(f"reconcile must be {FORMS}; found an empty one.")
    return part


def _groups(parent: dict[str, str], names: list[str]) -> AddingUp:
    parents = list(dict.fromkeys(parent.values()))
    unknown = [name for name in parent if name not in names and name not in parents]
    if unknown:
        raise ArgumentError(f"reconcile must name places of the data, such as {names[0]!r}; found {unknown[0]!r}.")
    for name in parent:
        seen = [name]
        while seen[-1] in parent:
            seen.append(parent[seen[-1]])
            if seen[-1] in seen[:-1]:
                raise ArgumentError(f"Groups must not go round in a circle; {' -> '.join(seen)} does. Take one step out.")
    further = [name for name in parents if name not in names]
    every = names + further
    rules = np.zeros((len(parents), len(every)))
    for row, name in enumerate(parents):
        rules[row, every.index(name)] = -1.0
        rules[row, [every.index(child) for child in parent if parent[child] == name]] = 1.0
    members = {name: [child for child in parent if parent[child] == name] for name in parents}
    sums = np.zeros((len(further), len(names)))
    for row, name in enumerate(further):
        for leaf in _leaves(name, members, names):
            sums[row, names.index(leaf)] = 1.0
    return AddingUp(rules, sums, tuple(further), np.array([_height(name, members) for name in every]))


def _height(name: str, members: dict[str, list[str]]) -> int:
    """Over how many levels a place or sum is summed up."""
    return 1 + max(_height(child, members) for child in members[name]) if name in members else 0


def _leaves(name: str, members: dict[str, list[str]], names: list[str]) -> list[str]:
    """The places of the data that a further sum is made of."""
    return [leaf for child in members[name] for leaf in ([child] if child in names else _leaves(child, members, names))]


def _balances(table: pd.DataFrame, names: list[str]) -> AddingUp:
    unknown = [name for name in table["place"].astype(str) if name not in names]
    if unknown:
        raise ArgumentError(f"reconcile must name places of the data, such as {names[0]!r}; found {unknown[0]!r}.")
    at = np.array([names.index(name) for name in table["place"].astype(str)])
    source, target = table["source"].astype(str).to_numpy(), table["target"].astype(str).to_numpy()
    inner = sorted(set(source) & set(target))
    if not inner:
        raise ArgumentError("Flows must meet: at least one node must be both a target and a source; none is. Give the links on both sides.")
    rules = np.zeros((len(inner), len(names)))
    for row, node in enumerate(inner):
        np.add.at(rules[row], at[target == node], 1.0)
        np.add.at(rules[row], at[source == node], -1.0)
    return AddingUp(rules, np.zeros((0, len(names))), (), np.zeros(len(names), int))
