"""Zero-shot scores on the held-out sets, beside every floor.

    python benchmarks/zero_shot.py --model tiny --no-memory --no-neighbours --sets metr_la_week,chickenpox_hungary --json scores.json

`--model` may be given several times; `--no-memory` and `--no-neighbours` add a copy of each network with that part switched off.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from chronotope.errors import ChronotopeError
from chronotope.evaluate.protocols.benchmark import benchmark, summary
from chronotope.evaluate.sets.suites import sets_named
from chronotope.questions import Predictor
from chronotope.tasks.load import load


class Renamed:
    """A predictor under another name."""

    def __init__(self, predictor: Predictor, name: str) -> None:
        self.name, self.kind, self.gives, self.answer = name, predictor.kind, predictor.gives, predictor.answer


def chosen_predictors(args: argparse.Namespace) -> list[Predictor]:
    """The models, and their copies with parts switched off."""
    out: list[Predictor] = []
    for name in args.model:
        predictor = load(name).predictor
        label = Path(name).name or name
        out.append(Renamed(predictor, label))
        for part in ("memory", "neighbours"):
            if getattr(args, f"no_{part}") and hasattr(predictor, "options"):
                out.append(Renamed(predictor.options(**{part: False}), f"{label} without {part}"))
    return out


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", action="append", default=[], help="name or folder; several times for several models")
    parser.add_argument("--no-memory", action="store_true", help="also with the memory of same phases off")
    parser.add_argument("--no-neighbours", action="store_true", help="also with every place on its own")
    parser.add_argument("--sets", default="", help="names, separated by commas, or a suite: first (default), second")
    parser.add_argument("--cache", type=Path, help="folder in which the floors' sums are kept for later runs")
    parser.add_argument("--json", type=Path, help="write rows, summary and definitions here")
    args = parser.parse_args()
    started = time.perf_counter()
    try:
        sets = sets_named(tuple(name for name in args.sets.split(",") if name))
        table = benchmark(chosen_predictors(args), sets, progress=lambda line: print(line, flush=True), cache=args.cache)
    except ChronotopeError as error:
        raise SystemExit(str(error)) from None
    short = summary(table)
    print(f"\n{len(sets)} sets; ratios to the best floor of each set, chosen afterwards; geometric means; best first")
    print(short.round(3).to_string())
    print(f"{time.perf_counter() - started:.0f} s in all")
    if args.json:
        words = table.attrs["definitions"]
        record = {"definitions": words, "summary": short.reset_index().to_dict("records"), "rows": table.to_dict("records")}
        args.json.write_text(json.dumps(record, indent=1, default=float))


if __name__ == "__main__":
    main()
