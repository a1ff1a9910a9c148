"""Put measured scores into docs/benchmark.md.

python benchmarks/zero_shot.py --model tiny --no-memory --no-neighbours --json scores.json
python scripts/make_benchmark_page.py scores.json
python benchmarks/zero_shot.py --model small --model tiny --sets second --json second.json
python scripts/make_benchmark_page.py --second second.json
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmark.md"
MARKS = {name: (f"<!-- {name}: begin -->", f"<!-- {name}: end -->") for name in ("scores", "second")}
DESIGN_FLOORS = (
    "last_value", "seasonal_naive", "climatology", "climatology_quantiles", "marginal", "marginal_recent", "anomaly_persistence", "mix",
)  # fmt: skip


def main(scores: Path, name: str = "scores") -> None:
    """Replace what stands between the markers of a suite."""
    measured, (begin, end) = json.loads(scores.read_text()), MARKS[name]
    text = PAGE.read_text(encoding="utf-8")
    head, tail = text[: text.index(begin) + len(begin)], text[text.index(end) :]
    PAGE.write_text(f"{head}\n\n{page(measured)}\n\n{tail}", encoding="utf-8")


def page(measured: dict[str, Any]) -> str:
    """Both tables, and the network against all floors but the ridge."""
    rows = measured["rows"]
    network = next(r["model"] for r in rows if not r["is_floor"])
    parts = [by_variable(rows, network), summary(measured["summary"]), without_ridge(rows, network), by_kind(rows, network)]
    return "\n\n".join(part for part in parts if part)


def by_variable(rows: list[dict], network: str) -> str:
    """One line for each variable: best floors, the network, the mix."""
    lines = [
        "Ratios to the best floor of each variable; `n` is the number of cells.\n",
        f"| set | variable | n | best WQL | best MAE | {network}: WQL | MAE | 80 % covers | mix: WQL | MAE |",
        "|---|---|---:|---|---|---:|---:|---:|---:|---:|",
    ]
    for own in (r for r in rows if r["model"] == network):
        same = {r["model"]: r for r in rows if (r["set"], r["variable"]) == (own["set"], own["variable"])}
        best = [f"{same[name][k]:.4g} ({name})" for k in ("wql", "mae") for name in [own[f"best_floor_{k}"]]]
        mix = same["mix"]
        ratios = [f"{own['wql_ratio']:.3f}", f"{own['mae_ratio']:.3f}", f"{own['coverage80']:.2f}"]
        ratios += [f"{mix['wql_ratio']:.3f}", f"{mix['mae_ratio']:.3f}"]
        lines.append("| " + " | ".join([own["set"], own["variable"], str(own["n"]), *best, *ratios]) + " |")
    return "\n".join(lines)


def summary(rows: list[dict]) -> str:
    """Geometric means over sets; best first."""
    head = "| model, all sets | WQL ratio | MAE ratio | 80 % covers | better than mix, share of sets (WQL / MAE) |"
    lines = [head, "|---|---:|---:|---:|---:|"]
    for r in rows:
        shares = f"{r['beats_mix_wql']:.2f} / {r['beats_mix_mae']:.2f}"
        lines.append(f"| {r['model']} | {r['wql_ratio']:.3f} | {r['mae_ratio']:.3f} | {r['coverage80']:.3f} | {shares} |")
    return "\n".join(lines)


def without_ridge(rows: list[dict], network: str) -> str:
    """The network's ratios to the best of the plain floors and their mix, without the fitted ridge and the drift; and without the mix."""
    wql, mae = (geometric(rows, network, key, lambda r: r["model"] in DESIGN_FLOORS) for key in ("wql", "mae"))
    others = [geometric(rows, network, key, lambda r: r["is_floor"] and r["model"] != "mix") for key in ("wql", "mae")]
    plain = f"Without the fitted ridge among the floors, {network} stands at WQL {wql:.3f} and MAE {mae:.3f} of the best one"
    return f"{plain}; with it and without the mix, which ships with the networks, at {others[0]:.3f} and {others[1]:.3f}."


def by_kind(rows: list[dict], network: str) -> str:
    """What hiding a part costs, on spatial sets and on sets whose places stand far apart."""
    lines = []
    for name in dict.fromkeys(r["model"] for r in rows if not r["is_floor"] and r["model"] != network):
        parts = []
        for label, spatial in (("spatial sets", True), ("far-apart places", False)):
            one = geometric([r for r in rows if r["spatial"] is spatial], name, "wql", lambda r: r["model"] == network)
            parts.append(f"{label} {one:.3f}")
        lines.append(f"WQL of {name} over that of {network}: {', '.join(parts)}.")
    return "\n".join(lines)


def geometric(rows: list[dict], model: str, key: str, bar: Any) -> float:
    """Geometric mean over variables, then sets, of a model's score over the best of those that `bar` picks."""
    by_set: dict[str, list[float]] = defaultdict(list)
    for own in (r for r in rows if r["model"] == model):
        best = min(r[key] for r in rows if (r["set"], r["variable"]) == (own["set"], own["variable"]) and bar(r))
        by_set[own["set"]].append(np.log(own[key] / best))
    return float(np.exp(np.mean([np.mean(v) for v in by_set.values()])))


if __name__ == "__main__":
    main(Path(sys.argv[-1]), "second" if "--second" in sys.argv else "scores")
