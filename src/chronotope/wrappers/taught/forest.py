"""Forest: boosted trees as plain arrays. LightGBM grows them; to be read they need nothing but numpy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from chronotope.errors import MissingExtraError

TREES, LEAVES, RATE = 120, 15, 0.06
LEAST, SHARE = 100, 200  # rows of a leaf: at least so many, or this part of all
WAY = "pip install 'chronotope[adapt]'"
Node = tuple[int, float, int, int, int]
_FIELDS = ("feature", "threshold", "left", "right", "missing", "value")


@dataclass(frozen=True)
class Forest:
    """Trees k of nodes m and leaves l; node 0 is the root, and a child -1 - j is leaf j.

    Attributes:
        feature: int (k, m), which column a node reads.
        threshold: float64 (k, m); values at most that large go left.
        left, right: int (k, m).
        missing: int (k, m), where NaN goes: 0 as the number 0 would, 1 left, 2 right.
        value: float64 (k, l), of the leaves.
    """

    feature: np.ndarray
    threshold: np.ndarray
    left: np.ndarray
    right: np.ndarray
    missing: np.ndarray
    value: np.ndarray

    def predict(self, table: np.ndarray) -> np.ndarray:
        """The sum of all trees (r,) for rows (r, f)."""
        columns, out = np.ascontiguousarray(table.T).astype(float), np.zeros(len(table))
        absent = np.isnan(columns)
        columns[absent] = 0.0
        for tree, (ways, turns) in enumerate(zip(*self._ways)):
            read, missing = self.feature[tree], self.missing[tree][:, None]
            left = np.where(absent[read] & (missing > 0), missing == 1, columns[read] <= self.threshold[tree][:, None])
            out += self.value[tree] @ (ways @ (2.0 * left - 1.0) == turns[:, None])
        return out

    @cached_property
    def _ways(self) -> tuple[np.ndarray, np.ndarray]:
        """At which nodes one goes left (1) or right (-1) on the way to each leaf, (k, l, m), and how many, (k, l); -1 for no leaf."""
        trees, nodes = self.feature.shape
        ways, turns = np.zeros((trees, self.value.shape[1], nodes)), np.full(self.value.shape, -1.0)
        for tree in range(trees):
            todo = [(0, np.zeros(nodes))]
            while todo:
                node, way = todo.pop()
                for side, child in ((1.0, self.left[tree, node]), (-1.0, self.right[tree, node])):
                    taken = way.copy()
                    taken[node] = side
                    if child >= 0:
                        todo.append((int(child), taken))
                    elif turns[tree, -1 - child] < 0:
                        ways[tree, -1 - child], turns[tree, -1 - child] = taken, np.abs(taken).sum()
        return ways, turns

    def arrays(self) -> dict[str, np.ndarray]:
        """The arrays by name, to be written."""
        return {name: getattr(self, name) for name in _FIELDS}


def grown(table: np.ndarray, truth: np.ndarray, level: float) -> Forest:
    """Trees that tell a quantile of the truth (r,) by rows (r, f).

    Raises:
        MissingExtraError: LightGBM is not installed.
    """
    lightgbm = package()
    settings = {
        "objective": "quantile", "alpha": level, "num_leaves": LEAVES, "learning_rate": RATE, "lambda_l2": 1.0, "seed": 0,
        "min_data_in_leaf": max(LEAST, len(truth) // SHARE), "deterministic": True, "force_row_wise": True, "num_threads": 1, "verbose": -1,
    }  # fmt: skip
    booster = lightgbm.train(settings, lightgbm.Dataset(table, truth, params={"verbose": -1}), TREES)
    return _plain([one["tree_structure"] for one in booster.dump_model()["tree_info"]])


def package() -> Any:
    """LightGBM.

    Raises:
        MissingExtraError: it is not installed; the message says how to get it.
    """
    try:
        import lightgbm
    except ImportError as error:
        raise MissingExtraError(f"Learning by trees needs lightgbm; install it with: {WAY} ({error}).") from None
    return lightgbm


def _plain(trees: list[dict[str, Any]]) -> Forest:
    """Trees as nested words, to arrays."""
    found = [_of_tree(tree) for tree in trees]
    most = [max((len(tree[k]) for tree in found), default=1) for k in (0, 1)]
    nodes, value = np.zeros((5, len(found), max(most[0], 1))), np.zeros((len(found), most[1]))
    nodes[2:4] = -1
    for k, (inner, leaves) in enumerate(found):
        value[k, : len(leaves)] = leaves
        if inner:
            nodes[:, k, : len(inner)] = np.array(inner).T
    feature, left, right, missing = nodes[[0, 2, 3, 4]].astype(np.int32)
    return Forest(feature, nodes[1], left, right, missing, value)


def _of_tree(root: dict[str, Any]) -> tuple[list[Node], list[float]]:
    """Inner nodes (feature, threshold, left, right, missing) and leaves of a tree; a tree of one leaf has one node that leads there."""
    inner: list[Node] = []
    leaves: list[float] = []

    def placed(node: dict[str, Any]) -> int:
        if "leaf_value" in node:
            leaves.append(node["leaf_value"])
            return -len(leaves)
        mine = len(inner)
        inner.append((0, 0.0, -1, -1, 0))
        missing = 0 if node["missing_type"] == "None" else 1 if node["default_left"] else 2
        inner[mine] = (node["split_feature"], node["threshold"], placed(node["left_child"]), placed(node["right_child"]), missing)
        return mine

    if placed(root) < 0:  # one leaf alone
        inner.append((0, np.inf, -1, -1, 0))
    return inner, leaves
