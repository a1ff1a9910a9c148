"""Stretches of fixes: laid aside, exchanged with those of another object, or stuck at one position."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chronotope.evidence.motion.left_out import Misses
from chronotope.evidence.motion.record import Record
from chronotope.inspect.runs import runs_of
from chronotope.tasks.detecting.stuck import stuck_chances

ODD = 1.3  # score of a move from which it may begin or end a stretch
MOST = 60  # such moves of an object
UNDONE = 0.6  # share of two moves that may be left when one undoes the other
NEARER = 0.4  # share of their own misses, that two moves miss each other's place by when they are exchanged
ALONG = 0.97  # cosine to its way, from which a stretch lies before or behind and not beside it
SHORTEST = 3  # fixes of a run
CAUGHT_UP = 0.8  # of the score of the move that ends a run


@dataclass(frozen=True)
class Stretch:
    """Fixes that are off together.

    Attributes:
        fixes: int (k,), in order. score: minus log10 of a chance, not yet that of the field.
        kind: offset, slip, swapped or stuck. other: int, the object it is exchanged with, -1 for none. apart: length it lies off.
    """

    fixes: np.ndarray
    score: float
    kind: str
    other: int = -1
    apart: float = 0.0


def offset(record: Record, kept: np.ndarray, moves: Misses, odd: np.ndarray) -> list[Stretch]:
    """Stretches between two odd moves of an object that undo each other."""
    who, out = record.who[kept], []
    strange = np.flatnonzero(np.nan_to_num(odd) > ODD)
    for one in np.unique(who[strange]):
        mine = strange[who[strange] == one]
        mine = np.sort(mine[np.argsort(-odd[mine], kind="stable")[:MOST]])
        whole = int((who == one).sum())
        a, b = np.triu_indices(len(mine), 1)
        first, last = mine[a], mine[b]
        there, back = moves.apart[first], moves.apart[last]
        left = np.abs(there + back) / (np.abs(there) + np.abs(back))
        score = np.minimum(odd[first], odd[last]) * (1 - left) - 0.5 * np.log10(last - first)
        good = (left < UNDONE) & (last - first > 1) & (last - first <= whole // 2) & (score > 0)
        for k in np.flatnonzero(good):
            way, aside = moves.said[first[k]] + moves.said[last[k]], there[k] - back[k]
            along = abs((aside * np.conj(way)).real) > ALONG * abs(aside) * abs(way)
            fixes = kept[first[k] + 1 : last[k] + 1]
            out.append(Stretch(fixes, float(score[k]), "slip" if along else "offset", apart=float(abs(aside) / 2)))
    return out


def exchanged(record: Record, kept: np.ndarray, moves: Misses, odd: np.ndarray) -> list[Stretch]:
    """Stretches in which two objects go on where the other was going."""
    who, time = record.who[kept], record.time[kept]
    strange = np.flatnonzero(np.nan_to_num(odd) > ODD)
    found: dict[tuple[int, int], list[tuple[float, int, int]]] = {}
    order = strange[np.argsort(time[strange], kind="stable")]
    longest = float((time[order + 1] - time[order]).max(initial=0.0))
    for i, m in enumerate(order):
        for n in order[i + 1 :]:
            if time[n] - time[m] > longest:
                break
            if who[m] == who[n] or min(time[m + 1], time[n + 1]) <= max(time[m], time[n]):
                continue
            ratio = _crossed(record, kept, moves, int(m), int(n))
            if ratio < NEARER:
                a, b = (int(m), int(n)) if who[m] < who[n] else (int(n), int(m))
                score = 1.5 * min(odd[m], odd[n]) * (1 - ratio)
                found.setdefault((int(who[a]), int(who[b])), []).append((float(score), a, b))
    return [one for pair, links in found.items() for one in _between(pair, links, who, kept)]


def _crossed(record: Record, kept: np.ndarray, moves: Misses, m: int, n: int) -> float:
    """How far two moves miss where the other was expected, over how far they miss where they were themselves."""
    time = record.time[kept]
    plane = moves.stretches.part(np.array([m])).plane
    at = record.at[kept[[m, m + 1, n, n + 1]]]
    flat = at if plane is None else plane.to_plane(at[None])[0]
    a, a_next, b, b_next = flat[:, 0] + 1j * flat[:, 1]
    length_a, length_b = time[m + 1] - time[m], time[n + 1] - time[n]
    of_a = a + moves.said[m] * (time[n + 1] - time[m]) / length_a
    of_b = b + moves.said[n] * (time[m + 1] - time[n]) / length_b
    own = abs(a_next - a - moves.said[m]) + abs(b_next - b - moves.said[n])
    return float((abs(a_next - of_b) + abs(b_next - of_a)) / max(own, 1e-12))


def _between(pair: tuple[int, int], links: list[tuple[float, int, int]], who: np.ndarray, kept: np.ndarray) -> list[Stretch]:
    """Stretches of both objects from one exchange to the next; to the nearer end of the tracks after the last one that is alone."""
    links, out = sorted(links, key=lambda link: link[1]), []
    for k in range(0, len(links), 2):
        pairs = links[k : k + 2]
        for side in (1, 2):
            low = pairs[0][side] + 1
            mine = np.flatnonzero(who == pair[side - 1])
            if len(pairs) == 2:
                part, score = np.arange(low, pairs[1][side] + 1), max(pairs[0][0], pairs[1][0])
            else:
                part, score = (np.arange(low, mine[-1] + 1) if mine[-1] - low < low - mine[0] else np.arange(mine[0], low)), pairs[0][0]
            out.append(Stretch(kept[part], score, "swapped", pair[2 - side]))
    return out


def stuck(record: Record, kept: np.ndarray, odd: np.ndarray) -> list[Stretch]:
    """Runs of one position, longer than the objects' habit of resting, or after which it has caught up with where it would be."""
    code = np.unique(np.column_stack([record.who, record.at]), axis=0, return_inverse=True)[1].ravel().astype(float)
    chance, runs, out = stuck_chances(code[:, None], np.array([np.nan]))[:, 0], runs_of(code), []
    for first, length in zip(runs.first, runs.length):
        if length < SHORTEST:
            continue
        fixes = np.arange(first, first + length)
        place = int(np.searchsorted(kept, fixes[-1], side="right")) - 1
        after = odd[place] if place < len(odd) and kept[place] >= first else np.nan
        score = max(-np.log10(max(chance[first], 1e-300)), CAUGHT_UP * np.nan_to_num(after))
        if score > 0:
            out.append(Stretch(fixes, float(score), "stuck"))
    return out
