"""Put a measured eight-cell card into docs/four-axis.md.

chronotope benchmark --suite quick --card card.json
python scripts/make_four_axis_page.py card.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parents[1] / "docs" / "four-axis.md"
BEGIN, END = "<!-- card: begin -->", "<!-- card: end -->"
CELLS = [(axis, mode) for axis in ("domain", "space", "time", "scale") for mode in ("in", "out")]


def main(path: Path) -> None:
    """Replace what stands between the markers."""
    card = json.loads(path.read_text(encoding="utf-8"))
    text = PAGE.read_text(encoding="utf-8")
    head, tail = text[: text.index(BEGIN) + len(BEGIN)], text[text.index(END) :]
    PAGE.write_text(f"{head}\n\n{page(card)}\n\n{tail}", encoding="utf-8")


def page(card: dict[str, Any]) -> str:
    """The eight cells, forecasts alone, the specialist, ranks with and without the mask, costs, and the sets."""
    return "\n\n".join(
        [
            f"Suite {card['suite']}, all three tasks; WQL over that of the best floor on the same cells.",
            eight(card["cells"]),
            "Forecasts alone:",
            eight(card["by_task"]["forecast"]),
            "Specialist and generalist: forecast WQL over that of a ridge trained on the set (below 1 the generalist wins).",
            table(card["specialists"]),
            "The memoriser over the floor that it falls back to, forecasts and gaps:",
            table(card["remembered"]),
            "Mean rank of forecasts in the last quarter of time, masked (zeros left out) and not; sets in which an order changes: "
            + (", ".join(f"{one['set']} ({one['score']})" for one in card["consistency"]["changes"]) or "none")
            + ".",
            table(card["consistency"]["mean_ranks"]),
            "Cost:",
            table(card["costs"]),
            "Sets:",
            table([{"set": name, "what": said} for name, said in card["sets"].items()]),
        ]
    )


def eight(cells: list[dict[str, Any]]) -> str:
    """Models by cells, best mean first; the number of sets and cells of each column below."""
    by = {(row["model"], row["axis"], row["mode"]): row for row in cells}
    models = list(dict.fromkeys(row["model"] for row in cells))
    known = {m: [by[m, a, k]["wql_ratio"] for a, k in CELLS if (m, a, k) in by] for m in models}
    tasks = {m: max((row["tasks"] for row in cells if row["model"] == m), key=len) for m in models}
    every = max(tasks.values(), key=len)
    models.sort(key=lambda m: (tasks[m] != every, sum(known[m]) / len(known[m])))
    lines = ["| model | " + " | ".join(f"{a} {k}" for a, k in CELLS) + " |", "|---|" + "---:|" * len(CELLS)]
    lines += [
        f"| {m}{'' if tasks[m] == every else f' ({tasks[m]})'} | "
        + " | ".join(f"{by[m, a, k]['wql_ratio']:.3f}" if (m, a, k) in by else "not run" for a, k in CELLS)
        + " |"
        for m in models
    ]
    most = {
        cell: max((row for row in cells if (row["axis"], row["mode"]) == cell), key=lambda row: row["n"], default=None) for cell in CELLS
    }
    lines.append("| sets / cells | " + " | ".join(f"{row['sets']} / {row['n']:,}" if row else "" for row in most.values()) + " |")
    return "\n".join(lines)


def table(rows: list[dict[str, Any]]) -> str:
    """Any rows as a table."""
    if not rows:
        return "not run"
    names = list(rows[0])
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    return "\n".join([*lines, *("| " + " | ".join(word(row[name]) for name in names) + " |" for row in rows)])


def word(value: Any) -> str:
    """A number with three decimals, or words."""
    return (
        "not run"
        if value is None
        else f"{value:.3f}"
        if isinstance(value, float)
        else f"{value:,}"
        if isinstance(value, int)
        else str(value)
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
