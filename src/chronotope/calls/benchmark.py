"""benchmark: models on the benchmark's sets, beside every floor; the eight-cell card, or the held-out forecasts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from chronotope.calls.progress import SILENT, Progress
from chronotope.calls.result import Result, Shown, wrote
from chronotope.calls.schema import MODEL, WRITING, SomeWords, Working, option
from chronotope.calls.work import check_outputs, model_of, set_up, write_table

if TYPE_CHECKING:
    import pandas as pd

SHOWN = ("mae_ratio", "wql_ratio", "beats_mix_wql", "coverage80", "seconds")


class BenchmarkCall(Working):
    """Score models on data sets that no weights have seen, beside every floor.

    four-axis: domain, space, time and scale, each inside and outside the distribution, on every layout. zero-shot: forecasts on the
    held-out sets. Sets that are no part of the package are read below the folder that CHRONOTOPE_DATA names, and left out by name where
    they are not.
    """

    suite: Literal["quick", "full"] = option("quick", "quick (a few sets, minutes) or full (all of them)", metavar="SUITE")
    protocol: Literal["four-axis", "zero-shot"] = option("four-axis", "four-axis (the eight-cell card) or zero-shot", metavar="PROTOCOL")
    models: SomeWords = option(None, MODEL + "; may be repeated", "--model", "-m", metavar="NAME")
    sets: SomeWords = option(None, "only this set; may be repeated", "--set", metavar="NAME")
    audit: bool = option(False, "also look for shared cells and copied series in every split")
    changed: bool = option(False, "score sets that differ from the frozen manifest too")
    saved: Path | None = option(None, "make the card from rows that were written before, without running anything", metavar="ROWS.csv")
    fetch: Path | None = option(None, "first download what is missing and has a public address into this data folder", metavar="DIR")
    cache: Path | None = option(None, "zero-shot: folder that keeps the floors' sums for later runs", metavar="DIR")
    output: Path | None = option(None, "also write all rows: .csv or .parquet", "--output", "-o", metavar="OUT", panel=WRITING)
    card: Path | None = option(None, "also write the card as .json", metavar="CARD.json", panel=WRITING)
    report: Path | None = option(None, "also write the card as a page", metavar="CARD.html", panel=WRITING)
    overwrite: bool = option(False, "replace what is already there", panel=WRITING)


def run(call: BenchmarkCall, progress: Progress = SILENT) -> Result:
    """The rows and what is to be said of them; every row, the card and its page are written where they are asked for."""
    from chronotope.view.output import check_output

    check_outputs(call, call.report)
    if call.card is not None:
        check_output(call.card, call.overwrite)
    set_up(call)
    return _zero_shot(call, progress) if call.protocol == "zero-shot" else _four_axis(call, progress)


def _zero_shot(call: BenchmarkCall, progress: Progress) -> Result:
    from chronotope.evaluate.scores.table import broken_lines
    from chronotope.evaluate.sets.suites import data_root

    with progress.working("scoring"):
        table, overall, absent = scored(call, data_root(), progress)
    write_table(call, table)
    facts = {"suite": call.suite, "output": call.output, "absent": absent, "summary": overall, "rows": table}
    sets = table["set"].nunique()
    title = f"{call.suite} suite: {sets} data set{'s' if sets > 1 else ''}, ratios to the best floor of each"
    shown = Shown(overall[[name for name in SHOWN if name in overall.columns]], title)
    return Result(table, facts, (shown, *broken_lines(table), *wrote(call.output), *(f"left out: {words}" for words in absent)))


def scored(call: BenchmarkCall, root: Path, progress: Progress) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    """Every row, the summary over sets, and why sets of the suite were left out.

    Raises:
        NoFileError: no set of the suite is below `root`.
    """
    from chronotope.baselines import FLOORS
    from chronotope.errors import NoFileError
    from chronotope.evaluate.protocols.benchmark import benchmark, summary
    from chronotope.evaluate.sets import suites

    chosen = [one for one in suites.SETS if call.suite == "full" or one.name in suites.QUICK]
    there = [one for one in chosen if (root / one.path).exists()]
    absent = [f"{one.name} ({one.path} is not below {root})" for one in chosen if one not in there]
    if not there:
        raise NoFileError(f"At least one set of the suite must be below {root}; none is: {', '.join(absent)}.")
    added = [model.predictor for model in _models(call) if model.name not in FLOORS]  # the floors are in every table already
    table = benchmark(added, there, root, progress.line, call.cache)
    return table, summary(table), absent


def _models(call: BenchmarkCall) -> list[Any]:
    return [model_of(name) for name in call.models or (None,)]


def _four_axis(call: BenchmarkCall, progress: Progress) -> Result:
    from chronotope.evaluate.protocols import card
    from chronotope.evaluate.scores.table import broken_lines

    rows, about = _rows(call, progress)
    _write_card(call, rows, about)
    table = card.words(card.eight(rows))
    table.columns = [name.replace(" ", "\n") for name in table.columns]
    count = rows["set"].nunique()
    title = f"{call.suite} suite: {count} sets; WQL over that of the best floor on the same cells, forecast, impute and interpolate"
    odd = (f"{name}: {said}" for name, said in about["sets"].items() if said.startswith("left out") or "differ" in said)
    said = (Shown(table, title), *broken_lines(rows), *odd, *about.get("audit", ()), *wrote(call.output, call.card, call.report))
    return Result(rows, card.card(rows, about) | {"output": call.output}, said)


def _rows(call: BenchmarkCall, progress: Progress) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Rows of the four-axis protocol and what is to be said of the sets."""
    if call.saved is not None:
        from chronotope.evaluate.protocols.card import load_rows

        return load_rows(call.saved), {"suite": call.suite, "sets": {}, "saved": str(call.saved)}
    from chronotope.errors import DataError
    from chronotope.evaluate.protocols import four_axis, manifest
    from chronotope.evaluate.sets.yardsticks import foreign

    with progress.working("scoring"):
        chosen, opened, absent = _opened(call)
        status = manifest.verify(chosen, opened)
        if not call.changed:
            different = {name: said for name, said in status.items() if said not in (manifest.SAME, manifest.NEW)}
            absent |= {name: f"{said}; score it with --changed" for name, said in different.items()}
            chosen = tuple(one for one in chosen if one.name not in different)
        scored_sets = tuple(one for one in chosen if not call.sets or one.name in call.sets)
        about: dict[str, Any] = {"suite": call.suite, "sets": _said(scored_sets, status) | {k: f"left out: {v}" for k, v in absent.items()}}
        if call.audit:
            about["audit"] = _audited(progress, scored_sets, opened, foreign(chosen, opened))
        predictors = [model.predictor for model in _models(call)]
        rows = four_axis.run(scored_sets, opened, predictors, progress.line, among=chosen)
    if not len(rows):
        why = "; ".join(absent.values()) or "no set was named"
        raise DataError(f"A card needs at least one set that can be scored; found none: {why}.")
    return rows, about


def _opened(call: BenchmarkCall) -> tuple[Any, Any, dict[str, str]]:
    """The suite, its sheets and the reasons for those that are absent; named sets must be of the suite."""
    from chronotope.errors import ArgumentError
    from chronotope.evaluate.sets.yardsticks import sheets, suite

    chosen = suite(call.suite)
    unknown = [name for name in call.sets or () if name not in {one.name for one in chosen}]
    if unknown:
        raise ArgumentError(f"--set must be one of {', '.join(one.name for one in chosen)}; found {unknown[0]!r}.")
    needed = tuple(one for one in chosen if not call.sets or one.name in call.sets or one.origin == "world")
    root = call.fetch
    if call.fetch is not None:
        from chronotope.evaluate.sets.fetch import fetch

        fetch(call.fetch)
    opened, absent = sheets(needed, root)
    return needed, opened, absent


def _said(chosen: Any, status: dict[str, str]) -> dict[str, str]:
    there = [one for one in chosen if one.name in status]
    return {one.name: ", ".join(word for word in (one.layout, one.domain, one.how, status[one.name]) if word) for one in there}


def _audited(progress: Progress, chosen: Any, opened: Any, others: Any) -> list[str]:
    """A line for every split that keeps not apart what it should; raises nothing, as the card says it."""
    from chronotope.evaluate.protocols.audit import audit
    from chronotope.evaluate.protocols.splits import splits_of

    lines = []
    for one in chosen:
        for split in splits_of(opened[one.name], one.domain, one.horizon, others) if one.name in opened else ():
            found = audit(split)
            lines += [str(found)] if not found.passed else []
            progress.line(str(found))
    return lines or ["0 shared cells and 0 copied series in every split"]


def _write_card(call: BenchmarkCall, rows: pd.DataFrame, about: dict[str, Any]) -> None:
    from chronotope.evaluate.protocols import card
    from chronotope.view.output import writing

    if call.output is not None:
        if call.output.suffix.lower() == ".csv":
            with writing(call.output, call.overwrite) as draft:
                card.save_rows(rows, draft)
        else:
            write_table(call, rows)
    if call.card is not None:
        with writing(call.card, call.overwrite) as draft:
            draft.write_text(card.to_json(card.card(rows, about)), encoding="utf-8")
    if call.report is not None:
        from chronotope.evaluate.protocols.card_page import card_page

        with writing(call.report, call.overwrite) as draft:
            draft.write_text(card_page(rows, about), encoding="utf-8")
