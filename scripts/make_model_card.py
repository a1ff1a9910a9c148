"""Write docs/model-card.md from the cards of the shipped weights: python scripts/make_model_card.py"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
WEIGHTS = ROOT / "src" / "chronotope" / "model" / "weights"
HEAD = """# Model card

Made by `scripts/make_model_card.py` from the cards that lie beside the weights; change those, not this page.

**For**: forecasting and filling gaps of values with a place and a time, with intervals, on a processor.
**Not for**: decisions in which a wrong interval harms people, unless someone checks it on data of their own (`chronotope backtest`).
Scores on data that no weight has seen: [benchmark](benchmark.md).
"""
NONE = "\nNo weights ship with this version yet; every verb takes `-m baseline:mix` until they do.\n"


def model_card() -> str:
    """The page as text."""
    cards = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(WEIGHTS.glob("*/card.json"))]
    return HEAD + ("".join(section(card) for card in cards) or NONE)


def section(card: dict[str, Any]) -> str:
    """What one card says."""
    size = WEIGHTS / card["name"] / "weights.safetensors"
    lines = [f"\n## {card['name']}\n", f"- parameters: {card['parameters']:,}", f"- version: {card['version']}"]
    lines += [f"- file: {size.stat().st_size / 1e6:.1f} MB, half precision, safetensors"] if size.exists() else []
    tokens = card.get("report", {}).get("tokens")
    lines += [f"- tokens seen in training: {tokens:,}"] if tokens else []
    lines += [f"- {name}: {words(card[name])}" for name in ("architecture", "config", "loop") if card.get(name)]
    checked = card.get("report", {}).get("validation")
    lines += [f"- last validation: {words(checked)}"] if checked else []
    lines += [f"- history: {card['history']}"] if card.get("history") else []
    lines += [f"- kept out of training whole: {', '.join(card['kept_out'])}"] if card.get("kept_out") else []
    return "\n".join(lines) + "\n" + corpus(card.get("corpus") or [])


def corpus(sets: list[dict[str, Any]]) -> str:
    """The real sets with their licences, as a table; the last fifth of each one's time was kept out."""
    if not sets:
        return "\nTrained on simulated worlds only.\n"
    rows = [f"| {s['name']} | {s.get('domain', '')} | {s.get('licence', '')} | {' x '.join(map(str, s.get('shape', [])))} |" for s in sets]
    head = "\nReal sets (steps x places x variables), beside simulated worlds; the last fifth of each one's time was kept out:\n\n"
    return head + "| set | domain | licence | size |\n|---|---|---|---|\n" + "\n".join(rows) + "\n"


def words(value: Any) -> str:
    """A dict as a sentence part."""
    if isinstance(value, dict):
        return ", ".join(f"{key} {words(part)}" for key, part in value.items() if part is not None)
    return f"{value:.4g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    (ROOT / "docs" / "model-card.md").write_text(model_card(), encoding="utf-8")
