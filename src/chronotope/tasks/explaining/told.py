"""Told: the tables of an explanation - what hidden parts do, and of which candidates an answer is mixed - for any layout."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from chronotope.data.arguments import names_of
from chronotope.errors import ArgumentError
from chronotope.model.shares import Shares

COLUMNS = ("variable", "kind", "hidden", "moved", "in_widths", "lifts", "narrows")
SHARES = ("variable", "candidate", "share", "says", "what")


def chosen_kinds(kinds: Any, among: tuple[str, ...]) -> tuple[str, ...]:
    """The kinds of parts that are hidden, all for None.

    Raises:
        ArgumentError: there are no such kinds.
    """
    chosen = names_of(kinds, "kinds") or among
    if set(chosen) - set(among):
        raise ArgumentError(f"kinds must be out of {', '.join(among)}; found {kinds!r}.")
    return tuple(kind for kind in among if kind in chosen)


def table_of(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Rows of `COLUMNS`, the strongest first."""
    table = pd.DataFrame(list(rows), columns=list(COLUMNS))
    return table.sort_values("in_widths", ascending=False, kind="stable", ignore_index=True)


def shares_of(
    found: Shares | None, asked: np.ndarray, variables: Iterable[str], what: Mapping[str, Any], driven: str | None = None
) -> pd.DataFrame:
    """A row for every variable and candidate with a share, the greatest first; no rows where the predictor mixes none.

    Args:
        found: of the predictor.
        asked: bool (h, n, v).
        variables: names (v,).
        what: the rules, by name, whose first line says what they do.
        driven: what is said of what known variables add; None where there are none.
    """
    if found is None:
        return pd.DataFrame(columns=list(SHARES))
    rows: list[tuple[Any, ...]] = []
    for k, name in enumerate(variables):
        cells = asked[..., k] & np.isfinite(found.moved[..., k])
        if not cells.any():
            continue
        for i, candidate in enumerate(found.names):
            share, says = found.share[i][..., k][cells], found.says[i][..., k][cells]
            if share.mean() > 0:
                mean = float((share * says).sum() / share.sum())
                rows.append((name, candidate, float(share.mean()), mean, first_line(what[candidate])))
        rows.append((name, "", np.nan, float(found.moved[..., k][cells].mean()), "what the network moves the mix by"))
        if driven is not None:
            rows.append((name, "", np.nan, float(found.driven[..., k][cells].mean()), driven))
        if found.lines[..., k][cells].any():
            rows.append((name, "", np.nan, float(found.lines[..., k][cells].mean()), "what tides and other sharp periods add"))
        coming = np.broadcast_to(found.routes, found.moved.shape)[..., k][cells]
        if coming.any():
            rows.append((name, "", np.nan, float(coming.mean()), "what is on its way from other series adds"))
    table = pd.DataFrame(rows, columns=list(SHARES))
    return table.sort_values(["variable", "share"], ascending=[True, False], kind="stable", ignore_index=True)


def first_line(rule: Any) -> str:
    """What a rule does, by its own words."""
    doc = rule if isinstance(rule, str) else getattr(rule, "func", rule).__doc__ or ""
    return doc.strip().split("\n")[0]
