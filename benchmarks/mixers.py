"""Mixers compared at equal parameters and equal tokens: cost from 1 k to 16 k tokens, and what each learns in a short training.

Run: OMP_NUM_THREADS=1 python benchmarks/mixers.py --keep results.json [--parts cost,quality] [--seeds 3] [--steps 300] [--write]

Every finished number goes into the file of `--keep` and is not measured again; `--write` puts the tables into docs/mixers.md.
"""

from __future__ import annotations

import argparse
import ctypes
import datetime
import json
import time
from pathlib import Path

import numpy as np
import torch
from mixers_tasks import SKILLS, Stack, parameters
from torch import Tensor

from chronotope.backbone.mixers import MIXERS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "mixers.md"
LENGTHS = (1024, 2048, 4096, 8192, 16384)
FULL_STOPS = 8192  # beyond, the scores of full attention take gigabytes
WIDTH, HEADS, BALL, EDGES = 64, 2, 32, 6
TIMES = [name for name, mixer in MIXERS.items() if mixer.axis == "time"]
PLACES = [name for name, mixer in MIXERS.items() if mixer.axis == "place"]
HYBRIDS = ["time_attention+time_attention", "temporal_convolution+time_attention", "temporal_convolution+gated_delta"]
PAIRS = [(t, "ball_attention") for t in TIMES] + [
    ("time_attention", "graph_messages"),
    ("time_attention", "none"),
    ("none", "ball_attention"),
]


def arguments(name: str, tokens: int) -> tuple[Tensor, ...]:
    """What `MIXERS[name]` takes for that many tokens: one long series, or many series of four tokens each."""
    if MIXERS[name].axis == "time":
        x, position = torch.randn(1, tokens, WIDTH), torch.arange(float(tokens))[None]
        if MIXERS[name].third == "mask":
            return x, position, torch.ones(1, tokens, dtype=torch.bool)
        return x, position, torch.zeros(1, 1, tokens, tokens)
    series = tokens // 4
    x = torch.randn(series, 4, WIDTH)
    if MIXERS[name].third == "balls":
        return x, torch.randperm(series).view(-1, BALL), torch.randn(series // BALL, HEADS, BALL, BALL)
    target = torch.arange(series).repeat_interleave(EDGES)
    return x, (torch.randint(series, target.shape), target), torch.randn(len(target), HEADS)


def cost(name: str, tokens: int) -> list[float]:
    """Processor seconds (least of a few) and peak memory (MiB) of one forward and backward pass."""
    torch.manual_seed(0)
    mixer, given = MIXERS[name](WIDTH, HEADS), arguments(name, tokens)
    ctypes.CDLL("libc.so.6").malloc_trim(0)  # what earlier runs freed goes back, so that it is seen when it is taken again
    spent, before = [], _memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
    while len(spent) < 2 or (len(spent) < 6 and sum(spent) < 1):
        start = time.process_time()
        mixer(*given).square().mean().backward()
        spent.append(time.process_time() - start)
    return [min(spent), max(_memory("VmHWM") - before, 0.1)]


def _memory(what: str) -> float:
    line = next(text for text in Path("/proc/self/status").read_text().splitlines() if text.startswith(what))
    return int(line.split()[1]) / 1024


def slope(points: dict[int, float]) -> float:
    """Exponent of growth: a straight line through logarithms."""
    return float(np.polyfit(np.log(list(points)), np.log(list(points.values())), 1)[0])


def skill(task: str, names: tuple[str, str], seed: int, steps: int) -> float:
    """Score of a small network after a short training on fresh draws."""
    torch.manual_seed(seed)
    draw, score = SKILLS[task]
    stack = Stack(*names, *[draw(1)[0].shape[-1], draw(1)[3].shape[-1]])
    optimiser = torch.optim.Adam(stack.parameters(), fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 8e-3, total_steps=steps, pct_start=0.2)
    for _ in range(steps):
        *given, truth = draw(32)
        loss = score(stack(*given), truth)[0]
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    with torch.no_grad():
        found = []
        for _ in range(4):
            *given, truth = draw(128)
            found.append(score(stack(*given), truth)[1])
    return float(np.mean(found))


def jobs(parts: list[str], seeds: int):
    """(key, function, arguments) of everything that is measured, the seeds outermost so that an early stop is fair to all."""
    if "cost" in parts:
        for name in MIXERS:
            for tokens in LENGTHS:
                if not (name == "time_attention" and tokens > FULL_STOPS):
                    yield f"cost|{name}|{tokens}", cost, (name, tokens)
    for seed in range(seeds if "quality" in parts else 0):
        for task in SKILLS:
            hybrids = [(turns, "ball_attention" if task == "driver" else "none") for turns in HYBRIDS]
            for names in [*(PAIRS if task == "driver" else [(t, "none") for t in [*TIMES, "none"]]), *hybrids]:
                yield f"skill|{task}|{'+'.join(names)}|{seed}", skill, (task, names, seed)


def cost_table(kept: dict) -> str:
    rows = ["| mixer | " + " | ".join(f"{n // 1024} k" for n in LENGTHS) + " | slope of time | slope of memory |", "|---" * 8 + "|"]
    for name in MIXERS:
        found = {n: kept[f"cost|{name}|{n}"] for n in LENGTHS if f"cost|{name}|{n}" in kept}
        cells = [f"{1e3 * found[n][0]:.0f} ms, {found[n][1]:.0f} MiB" if n in found else "-" for n in LENGTHS]
        if len(found) > 1:
            cells += [f"{slope({n: f[i] for n, f in found.items()}):.2f}" for i in (0, 1)]
        rows.append(f"| `{name}` | " + " | ".join(cells + ["-"] * (7 - len(cells))) + " |")
    return "\n".join(rows)


def skill_table(kept: dict) -> str:
    rows = ["| along time | across places (driver only) | recall: share right | smooth: error | driver: error |", "|---" * 5 + "|"]
    for time_mixer, place in PAIRS:
        alone = place == "ball_attention"  # what needs no neighbours stands once per mixer along time
        cells = [_cell(kept, task, f"{time_mixer}+none") if alone else "" for task in ("recall", "smooth")]
        rows.append(f"| `{time_mixer}` | `{place}` | " + " | ".join([*cells, _cell(kept, "driver", f"{time_mixer}+{place}")]) + " |")
    rows += ["", "Two blocks that take turns:", "", *rows[:2]]
    for turns in HYBRIDS:
        cells = [
            _cell(kept, *ask) for ask in (("recall", f"{turns}+none"), ("smooth", f"{turns}+none"), ("driver", f"{turns}+ball_attention"))
        ]
        rows.append(f"| `{turns}` | `ball_attention` | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def _cell(kept: dict, task: str, pair: str) -> str:
    """Mean over seeds, and each seed's number."""
    found = [value for key, value in kept.items() if key.startswith(f"skill|{task}|{pair}|")]
    return f"**{np.mean(found):.2f}** ({', '.join(f'{value:.2f}' for value in found)})" if found else "not measured"


def write(kept: dict) -> None:
    """Put both tables between the markers of docs/mixers.md."""
    text = PAGE.read_text(encoding="utf-8")
    for mark, table in (("cost", cost_table(kept)), ("quality", skill_table(kept))):
        head, rest = text.split(f"<!-- {mark}: written by benchmarks/mixers.py -->\n")
        text = (
            f"{head}<!-- {mark}: written by benchmarks/mixers.py -->\n{_said(kept, mark)}\n\n{table}\n" + rest[rest.index("<!-- end -->") :]
        )
    PAGE.write_text(text, encoding="utf-8")


def _said(kept: dict, mark: str) -> str:
    day = kept.get("day", "")
    if mark == "cost":
        return f"Measured {day} on one thread of a busy machine: processor time, not the clock on the wall; what counts is the slope."
    seeds = {key.split("|")[-1] for key in kept if key.startswith("skill")}
    sizes = {pair: parameters(Stack(*pair, 4, 4)) for pair in PAIRS}
    return (
        f"Measured {day}: mean over {len(seeds)} seeds and each one, {kept.get('steps')} steps of 32 draws, width 16, one block of "
        f"{min(sizes.values())} to {max(sizes.values())} parameters in all."
    )


def main() -> None:
    """Measure what is missing, print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", type=Path, required=True)
    parser.add_argument("--parts", default="cost,quality")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--write", action="store_true", help="put the tables into docs/mixers.md")
    asked = parser.parse_args()
    kept = json.loads(asked.keep.read_text()) if asked.keep.exists() else {"steps": asked.steps}
    torch.set_num_threads(1)
    for key, measure, given in jobs(asked.parts.split(","), asked.seeds):
        if key not in kept:
            kept[key] = measure(*given, *([kept["steps"]] if measure is skill else []))
            kept["day"] = datetime.date.today().isoformat()
            asked.keep.write_text(json.dumps(kept, indent=1))
            print(key, kept[key], flush=True)
    print(cost_table(kept), skill_table(kept), sep="\n\n")
    if asked.write:
        write(kept)


if __name__ == "__main__":
    main()
