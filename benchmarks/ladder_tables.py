"""What `benchmarks/ladder.py` kept, as the tables of docs/scaling.md."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from ladder_pools import WORLDS

from chronotope.errors import ArgumentError
from chronotope.training.scaling import Scaling, fit_scaling, fit_without_each

PAGE = Path(__file__).resolve().parents[1] / "docs" / "scaling.md"


def loss_of(kept: dict, run: str, sources: dict[str, float], groups: dict[str, float] | None = None, mix: bool = False) -> float:
    """Mean validation loss of a training (or of the floors' plain mix there) over sources, and over groups of kinds within each."""
    found, groups = kept["runs"][run]["loss"], groups or kept["groups"]
    total = weight = 0.0
    for source, share in sources.items():
        there = {group: part for group, part in groups.items() if f"{source}|{group}" in found}  # a source may have no room for a group
        if there:
            total += share * sum(part * found[f"{source}|{group}"][int(mix)] for group, part in there.items()) / sum(there.values())
            weight += share
    return total / weight


def seen(kept: dict) -> dict[str, float]:
    """Shares of what the ladder draws."""
    plan = kept["plan"]
    left = {domain: share for domain, share in kept["domains"].items() if domain not in plan["unseen"]}
    return {WORLDS: plan["worlds"]} | {domain: (1 - plan["worlds"]) * share / sum(left.values()) for domain, share in left.items()}


def unseen(kept: dict) -> dict[str, float]:
    """Domains that the ladder never draws, alike."""
    return dict.fromkeys(kept["plan"]["unseen"], 1.0)


def best_rates(kept: dict) -> dict[int, float]:
    """By parameters of the tried sizes: the rate at the lowest point of a parabola through log rates, within those tried."""
    out = {}
    for number in kept["plan"]["tried"]:
        width, blocks = kept["plan"]["sizes"][number]
        runs = [f"sweep|{width}x{blocks}|{rate:g}|{kept['plan']['sweep']}" for rate in kept["plan"]["rates"]]
        x, y = np.log(kept["plan"]["rates"]), np.array([loss_of(kept, run, seen(kept)) for run in runs])
        curve = np.polyfit(x, y, 2) if len(x) > 2 else np.zeros(3)
        lowest = -curve[1] / (2 * curve[0]) if curve[0] > 0 else x[np.argmin(y)]
        out[kept["runs"][runs[0]]["parameters"]] = float(np.exp(np.clip(lowest, x.min(), x.max())))
    return out


def rate_of(kept: dict, parameters: int) -> float:
    """The learning rate of a size: a straight line through the logarithms of the best ones, within those tried."""
    best, tried = best_rates(kept), kept["plan"]["rates"]
    line = np.polyfit(np.log(list(best)), np.log(list(best.values())), len(best) - 1)
    return float(np.clip(np.exp(np.polyval(line, np.log(parameters))), min(tried), max(tried)))


def tables(kept: dict) -> dict[str, str]:
    """The tables by their mark, those of which all trainings are there."""
    out = {}
    for mark, table in {
        "rates": sweep_table,
        "ladder": ladder_table,
        "law": law_table,
        "transfer": transfer_table,
        "ablations": ablation_table,
    }.items():
        try:
            out[mark] = table(kept)
        except KeyError as missing:
            out[mark] = f"Not measured yet: {missing.args[0]}."
    return out


def sweep_table(kept: dict) -> str:
    plan, rows = kept["plan"], []
    for number in plan["tried"]:
        width, blocks = plan["sizes"][number]
        runs = [f"sweep|{width}x{blocks}|{rate:g}|{plan['sweep']}" for rate in plan["rates"]]
        cells = [f"{loss_of(kept, run, seen(kept)):.4f}" for run in runs]
        parameters = kept["runs"][runs[0]]["parameters"]
        rows.append([f"{parameters / 1e6:.2f} M", *cells, f"{best_rates(kept)[parameters]:.2g}"])
    return _table(["parameters", *(f"rate {rate:g}" for rate in plan["rates"]), "lowest point"], rows)


def ladder_runs(kept: dict) -> list[list[str]]:
    """Names of the trainings: sizes by cuts."""
    return [[f"ladder|{width}x{blocks}|{cut}" for cut in kept["plan"]["cuts"]] for width, blocks in kept["plan"]["sizes"]]


def ladder_table(kept: dict) -> str:
    rows, names = [], ladder_runs(kept)
    for (width, blocks), runs in zip(kept["plan"]["sizes"], names):
        first = kept["runs"][runs[0]]
        cells = [f"{loss_of(kept, run, seen(kept)):.4f} / {loss_of(kept, run, unseen(kept)):.4f}" for run in runs]
        rows.append([f"{first['parameters'] / 1e6:.2f} M ({width} x {blocks})", f"{first['rate']:.2g}", *cells])
    heads = [f"{kept['runs'][run]['tokens'] / 1e6:.2f} M tokens" for run in names[0]]
    mix = [loss_of(kept, names[0][0], shares, mix=True) for shares in (seen(kept), unseen(kept))]
    rows.append(["floors' plain mix", "", *[f"{mix[0]:.4f} / {mix[1]:.4f}"] * len(heads)])
    return _table(["network (width x blocks)", "rate", *heads], rows)


def law(kept: dict, shares: dict[str, float]) -> tuple[Scaling, list[Scaling], np.ndarray]:
    """The law without the largest training, and those that leave one more out.

    Third, of the largest training: the loss that the law predicts, the one that was found, and the best of all smaller trainings.
    """
    names = [run for runs in ladder_runs(kept) for run in runs]
    n, d = (np.array([kept["runs"][run][key] for run in names], float) for key in ("parameters", "tokens"))
    loss = np.array([loss_of(kept, run, shares) for run in names])
    fitted = fit_scaling(n[:-1], d[:-1], loss[:-1])
    return fitted, fit_without_each(n[:-1], d[:-1], loss[:-1]), np.array([float(fitted.loss(n[-1], d[-1])), loss[-1], loss[:-1].min()])


def law_table(kept: dict) -> str:
    rows = []
    for name, shares in {"domains of the training": seen(kept), f"never trained on: {', '.join(unseen(kept))}": unseen(kept)}.items():
        try:
            fitted, others, (predicted, found, before) = law(kept, shares)
        except ArgumentError as error:
            return f"Not fitted: {error}"
        constants = [
            _range(getattr(fitted, key), [getattr(one, key) for one in others])
            for key in ("floor", "size_term", "size_power", "token_term", "token_power")
        ]
        errors = [f"{value:.4f} ({100 * (value / found - 1):+.2f} %)" for value in (predicted, before)]
        rows.append([name, *constants, f"{100 * fitted.miss:.2f} %", f"{found:.4f}", *errors])
    heads = ["validated on", "E", "A", "a", "B", "b", "miss of the fit", "largest run: found", "predicted", "best of the smaller ones"]
    return _table(heads, rows)


def seeds_of(kept: dict, *names: str) -> list[int]:
    """Seeds for which these trainings are all there."""
    plan = kept["plan"]
    return [seed for seed in range(plan["seeds"]) if all(f"{name}|{seed}|{plan['steps']}" in kept["runs"] for name in names)]


def transfer_table(kept: dict) -> str:
    """Ratios of losses, without a domain over with all, of the domains that were left out so far."""
    steps, domains, rows = kept["plan"]["steps"], list(kept["domains"]), []
    columns = [*domains, WORLDS]
    for left_out in domains:
        seeds = seeds_of(kept, "all", f"without {left_out}")
        if not seeds:
            continue
        cells = []
        for column in columns:
            losses = [[loss_of(kept, f"{name}|{seed}|{steps}", {column: 1.0}) for seed in seeds] for name in (f"without {left_out}", "all")]
            text = _mean(np.divide(*losses), 3)
            cells.append(f"**{text}**" if column == left_out else text)
        rows.append([left_out, str(len(seeds)), *cells])
    if not rows:
        raise KeyError("without " + domains[0])
    seeds = seeds_of(kept, "all")
    if len(seeds) > 1:
        losses = [[loss_of(kept, f"all|{seed}|{steps}", {column: 1.0}) for seed in seeds] for column in columns]
        rows.append(["nothing", str(len(seeds)), *(f"± {np.ptp(values) / np.mean(values) / 2:.3f}" for values in losses)])
    return _table(["left out", "seeds", *columns], rows)


def ablation_table(kept: dict) -> str:
    """Losses by what was trained on."""
    plan, real, rows = kept["plan"], dict(kept["domains"]), []
    both = {WORLDS: plan["worlds"]} | {domain: (1 - plan["worlds"]) * share for domain, share in real.items()}
    columns: dict[str, tuple[dict[str, float], dict[str, float] | None]] = {"real sets": (real, None), "worlds": ({WORLDS: 1.0}, None)}
    columns |= {group: (both, {group: 1.0}) for group in kept["groups"]}
    said = {"all": "worlds and real sets, all kinds", "worlds only": "worlds only", "real only": "real sets only"}
    said["forecasts only"] = "worlds and real sets, forecasts only"
    for name, words in said.items():
        seeds = seeds_of(kept, name)
        if not seeds:
            raise KeyError(name)
        runs = [f"{name}|{seed}|{plan['steps']}" for seed in seeds]
        rows.append([words, str(len(seeds)), *(_mean([loss_of(kept, run, *ask) for run in runs], 4) for ask in columns.values())])
    mix = [loss_of(kept, f"all|0|{plan['steps']}", *ask, mix=True) for ask in columns.values()]
    rows.append(["floors' plain mix", "", *(f"{value:.4f}" for value in mix)])
    return _table(["trained on", "seeds", *columns], rows)


def write(kept: dict, page: Path = PAGE) -> None:
    """Put the tables between their marks."""
    text = page.read_text(encoding="utf-8")
    for mark, table in tables(kept).items():
        line = f"<!-- {mark}: written by benchmarks/ladder.py -->\n"
        head, rest = text.split(line)
        text = f"{head}{line}{_said(kept)}\n\n{table}\n{rest[rest.index('<!-- end -->') :]}"
    page.write_text(text, encoding="utf-8")


def _said(kept: dict) -> str:
    commit = f", code of commit {kept['commit']}" if kept.get("commit") else ""
    return f"Measured {kept.get('day', '')} on one thread of a busy machine{commit}."


def _mean(values: Sequence[float] | np.ndarray, digits: int) -> str:
    """Mean, and half of how far the values lie apart where there are several."""
    spread = f" ± {np.ptp(values) / 2:.{digits}f}" if len(values) > 1 else ""
    return f"{np.mean(values):.{digits}f}{spread}"


def _range(value: float, others: list[float]) -> str:
    return f"{value:.3g} ({min(others):.3g} to {max(others):.3g})"


def _table(heads: list[str], rows: list[list[str]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in [heads, ["---"] * len(heads), *rows])
