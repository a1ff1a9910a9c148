"""Put trained weights into the package, with the benchmark's scores on their card.

    python scripts/ship_weights.py runs/tiny scores.json
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

from chronotope.model.card import CARD, WEIGHTS
from chronotope.model.load import SHIPPED


def main(run: Path, scores: Path) -> None:
    """Copy weights and card of `run`; the card gets the summary and the rows of `scores`."""
    card = json.loads((run / CARD).read_text())
    measured = json.loads(scores.read_text())
    card["zero_shot"] = {"definitions": measured["definitions"], "summary": measured["summary"]}
    target = SHIPPED / card["name"]
    target.mkdir(parents=True, exist_ok=True)
    shutil.copy(run / WEIGHTS, target / WEIGHTS)
    (target / CARD).write_text(json.dumps(card, indent=1) + "\n")
    print(f"{target.name}: {(target / WEIGHTS).stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
