"""Rivals of other packages, the shipped weights and every floor on the held-out sets; writes the tables of docs/rivals.md.

    python benchmarks/rivals.py --cache forecasts --page

With `--cache` the rivals' forecasts and the finished sets are kept, so that a stopped run goes on where it was: forecasts under a key
of the data, the question, the package's version and the wrapper's code; scores under one of the caps, the model and its version.
`--kept` makes the tables of what is in the cache and runs nothing; a model that was not run on every set gets a table over its own sets.
`--places` and `--origins` cap every set for all models alike: an even stride over its places, and so many origins. Rivals whose package
is not installed are left out, and said so.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import inspect
import json
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from chronotope.baselines.rivals import rival
from chronotope.baselines.rivals.base import AbstractRival
from chronotope.data.panel import Panel
from chronotope.errors import ArgumentError, ChronotopeError, MissingExtraError
from chronotope.evaluate.protocols.benchmark import benchmark, summary
from chronotope.evaluate.sets.suites import SETS, HeldOut, sets_named
from chronotope.model.load import SHIPPED
from chronotope.questions import AbstractQuantilePredictor, Predictor, Question
from chronotope.tasks.load import load

RIVALS = "fracast,flair?raw=1,lightgbm,auto_theta?context=1000"
PAGE = Path(__file__).resolve().parents[1] / "docs" / "rivals.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
PACKAGES = {
    "fracast": "fracast",
    "flair": "flaircast",
    "lightgbm": "lightgbm",
    "auto_theta": "statsforecast",
    "auto_ets": "statsforecast",
    "mstl": "statsforecast",
}


class Remembered(AbstractQuantilePredictor):
    """A predictor that keeps its answers in a folder, with the CPU seconds they took and the share that is the fallback's."""

    def __init__(self, predictor: Predictor, folder: Path | None, release: str) -> None:
        self.name, self.kind, self.predictor, self.folder, self.release = predictor.name, predictor.kind, predictor, folder, release
        self.start()

    def start(self) -> None:
        """Count seconds and cells from here on."""
        self.seconds, self.asked, self.left = 0.0, 0, 0

    def quantiles(self, question: Question) -> np.ndarray:
        """The answer, from the folder where it is there."""
        file = None if self.folder is None else self.folder / f"{self.name}-{self._key(question)}.npz"
        if file is not None and file.exists():
            with np.load(file) as kept:
                answer, seconds, left = kept["answer"], float(kept["seconds"]), int(kept["left"])
        else:
            began = time.process_time()
            answer, left = self._fresh(question)
            seconds = time.process_time() - began
            if file is not None:
                file.parent.mkdir(parents=True, exist_ok=True)
                np.savez_compressed(file, answer=answer, seconds=seconds, left=left)
        self.seconds, self.asked, self.left = self.seconds + seconds, self.asked + int(question.asked.sum()), self.left + left
        return answer

    def _fresh(self, question: Question) -> tuple[np.ndarray, int]:
        """The answer, and how many asked cells the fallback gave."""
        if not isinstance(self.predictor, AbstractRival):
            return self.predictor.answer(question).values, 0
        own = self.predictor.answered(question)
        left = question.asked[question.rows] & ~np.isfinite(own).all(axis=0)
        return self.predictor.completed(own, question), int(left.sum())

    def _key(self, question: Question) -> str:
        digest = hashlib.blake2b(question.visible().tobytes(), digest_size=10)
        panel = question.frame
        digest.update(question.asked.tobytes() + repr((panel.times[0], panel.freq, question.levels, self.release)).encode())
        for source in {inspect.getfile(made) for made in type(self.predictor).__mro__ if made is not object}:
            digest.update(Path(source).read_bytes() if Path(source).exists() else b"")
        return digest.hexdigest()


def capped(entry: HeldOut, places: int, origins: int) -> HeldOut:
    """The set with at most so many places that were ever observed, an even stride over their order, and origins."""

    def prepare(panel: Panel, path: Path, before: Callable[[Panel, Path], Panel] | None = entry.prepare) -> Panel:
        panel = panel if before is None else before(panel, path)
        known = np.flatnonzero(np.isfinite(panel.values).any(axis=(0, 2)))
        return panel.take_places(known[np.unique(np.linspace(0, len(known) - 1, min(places, len(known))).astype(int))])

    return replace(entry, prepare=prepare, origins=min(origins, entry.origins))


def models(names: list[str], cache: Path | None) -> list[Remembered]:
    """The shipped weights, then the rivals whose packages are there.

    Raises:
        ArgumentError: a name is none of `PACKAGES`.
    """
    made = [Remembered(load().predictor, None, shipped_release())]
    for name in names:
        try:
            plain, _, given = name.partition("?")
            if plain not in PACKAGES:
                raise ArgumentError(f"A rival that forecasts must be one of {', '.join(PACKAGES)}; found {plain!r}.")
            package = PACKAGES[plain]
            made.append(Remembered(rival(name), cache, f"{package} {version(package)}{f' ({given})' if given else ''}"))
        except MissingExtraError as error:
            print(f"left out: {error}", flush=True)
    return made


def shipped_release() -> str:
    """Name and fingerprint of the default weights."""
    folder = SHIPPED / load().name
    return f"{folder.name} {hashlib.blake2b(next(folder.glob('*.safetensors')).read_bytes(), digest_size=4).hexdigest()}"


def one_set(entry: HeldOut, made: list[Remembered], cache: Path | None, places: int, only_kept: bool = False) -> list[dict[str, Any]]:
    """Rows of one set: those of the floors once, then those of each model, from the folder where they are there."""
    files = {m.name: cache and cache / f"{entry.name}-{m.name}-{_fingerprint((places, entry.origins, m.release))}.json" for m in made}
    kept = {name: json.loads(file.read_text()) for name, file in files.items() if file is not None and file.exists()}
    new = [] if only_kept else [model for model in made if model.name not in kept]
    if new:
        for model in new:
            model.start()
        rows = benchmark(new, [entry], cache=cache and cache / "floors").to_dict("records")
        for model in new:
            kept[model.name] = [_with_cost(row, model) for row in rows if row["is_floor"] or row["model"] == model.name]
            if cache is not None:
                cache.mkdir(parents=True, exist_ok=True)
                files[model.name].write_text(json.dumps(kept[model.name], default=float))
    floors = [row for rows in list(kept.values())[:1] for row in rows if row["is_floor"]]
    return floors + [row for rows in kept.values() for row in rows if not row["is_floor"]]


def _with_cost(row: dict[str, Any], model: Remembered) -> dict[str, Any]:
    """A row with the CPU seconds and the fallback's share of its model, as they were when the forecasts were made."""
    if row["is_floor"]:
        return {**row, "fallback": 0.0}
    return {**row, "seconds": model.seconds, "fallback": model.left / max(model.asked, 1)}


def _fingerprint(what: Any) -> str:
    return hashlib.blake2b(repr(what).encode(), digest_size=6).hexdigest()


def page(rows: pd.DataFrame, made: list[Remembered], args: argparse.Namespace) -> str:
    """What stands between the markers of the page: how it was measured, then the tables."""
    sets = {model.name: set(rows.loc[rows["model"] == model.name, "set"]) for model in made}
    every = sets[made[0].name]
    whole = [name for name in sets if sets[name] == every]
    releases = ", ".join(dict.fromkeys(model.release for model in made))
    parts = [
        f"Measured on {datetime.date.today():%d %B %Y} with {releases}: {len(every)} sets, at most {args.places} places"
        f" and {args.origins} origins each, the same for all models and floors."
    ]
    left = [entry.name for entry in SETS if entry.name not in every]
    parts[0] += f" Left out for their time: {', '.join(left)}." if left else ""
    parts += [overall(rows, whole), by_set(rows, whole)]
    for name in sets:
        if name not in whole and sets[name]:
            own = rows[rows["set"].isin(sets[name])]
            parts += [f"On the {len(sets[name])} sets on which {name} was run:", overall(own, [*whole, name]), by_set(own, [*whole, name])]
    return "\n\n".join(parts)


def overall(rows: pd.DataFrame, names: list[str]) -> str:
    """One line for each model and for the best single floors: geometric means over sets, shares of sets, time."""
    short = summary(rows)
    ratios = _of_sets(rows, "wql_ratio")
    floors = list(short.index[short.index.isin(rows.loc[rows["is_floor"], "model"])][:2])
    first = ratios[names].idxmin(axis=1)
    head = ["model", "WQL ratio", "MAE ratio", "80 % covers", "beats the best floor", "best of the models", f"beats {names[0]}"]
    lines = ["| " + " | ".join([*head, f"CPU time, {names[0]} = 1", "fallback"]) + " |", "|---|" + "---:|" * 8]
    for name in sorted([*names, *floors], key=lambda n: short.loc[n, "wql_ratio"]):
        row, label = short.loc[name], name if name in names else f"{name} (floor)"
        fallback = f"{rows.loc[rows['model'] == name, 'fallback'].mean():.0%}" if name in names else ""
        best = f"{(first == name).mean():.0%}" if name in names else ""
        beats = "" if name == names[0] else f"{(ratios[name] < ratios[names[0]]).mean():.0%}"
        pace = f"{row['seconds'] / short.loc[names[0], 'seconds']:.1f}" if name in names else ""
        scores = f"{row['wql_ratio']:.3f} | {row['mae_ratio']:.3f} | {row['coverage80']:.2f} | {(ratios[name] < 1 - 1e-9).mean():.0%}"
        lines.append(f"| {label} | {scores} | {best} | {beats} | {pace} | {fallback} |")
    return "\n".join(lines)


def by_set(rows: pd.DataFrame, names: list[str]) -> str:
    """WQL and MAE of each model over the best floor, per set; the best model of a set is bold."""
    wql, mae = _of_sets(rows, "wql_ratio"), _of_sets(rows, "mae_ratio")
    lines = ["| WQL ratio / MAE ratio | " + " | ".join(names) + " |", "|---|" + "---:|" * len(names)]
    for name in wql.index:
        best = wql.loc[name, names].idxmin()
        cells = [f"{wql.loc[name, m]:.3f} / {mae.loc[name, m]:.3f}" for m in names]
        lines.append(f"| {name} | " + " | ".join(f"**{c}**" if m == best else c for m, c in zip(names, cells)) + " |")
    return "\n".join(lines)


def _of_sets(rows: pd.DataFrame, key: str) -> pd.DataFrame:
    """Geometric mean over the variables of a set, (set, model)."""
    logs = rows.assign(log=np.log(rows[key])).groupby(["set", "model"], sort=False)["log"].mean()
    return np.exp(logs).unstack("model")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rivals", default=RIVALS, help=f"names out of {', '.join(PACKAGES)}, with arguments as in ct.load")
    parser.add_argument("--sets", default="", help="names, separated by commas; all by default")
    parser.add_argument("--places", type=int, default=24, help="at most so many places of each set")
    parser.add_argument("--origins", type=int, default=8, help="at most so many origins of each set")
    parser.add_argument("--cache", type=Path, help="folder in which forecasts and finished sets are kept")
    parser.add_argument("--kept", action="store_true", help="run nothing, make the tables of what is in the cache")
    parser.add_argument("--page", action="store_true", help="put the tables into docs/rivals.md")
    args = parser.parse_args()
    warnings.simplefilter("ignore")  # of other packages
    rows: list[dict[str, Any]] = []
    try:
        made = models([name for name in args.rivals.split(",") if name], args.cache)
        for entry in sets_named(tuple(name for name in args.sets.split(",") if name)):
            began = time.perf_counter()
            rows += one_set(capped(entry, args.places, args.origins), made, args.cache, args.places, args.kept)
            print(f"{entry.name}: {time.perf_counter() - began:.0f} s", flush=True)
    except ChronotopeError as error:
        raise SystemExit(str(error)) from None
    found = page(pd.DataFrame(rows), made, args)
    print(found)
    if args.page:
        text = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(f"{text[: text.index(BEGIN) + len(BEGIN)]}\n\n{found}\n\n{text[text.index(END) :]}", encoding="utf-8")


if __name__ == "__main__":
    main()
