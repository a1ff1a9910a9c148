"""Where the time of a training step goes, and how near its matrix products come to the machine's rate: python benchmarks/training.py

The rate is that of one large bf16 product on the same threads, measured just before. On a processor all times are the process's own
(summed over its threads), so that other work on the machine counts less; the ratio of step and product says more than either.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import torch
from torch.profiler import ProfilerActivity, profile
from torch.utils.flop_counter import FlopCounterMode

from chronotope.training.config import PRESETS, PretrainConfig, preset
from chronotope.training.corpus import Corpus
from chronotope.training.distributed import Team, pick_device
from chronotope.training.loop import Run, to_torch
from chronotope.training.run import build_network

GROUPS = {  # the first group whose word is in an operator's name takes its time
    "matrix products": ("mm", "linear", "matmul", "einsum", "scaled_dot"),
    "optimizer, clipping, average": ("adam", "foreach", "clip", "optimizer", "norm_backward_hook"),
    "softmax": ("softmax",),
    "norms": ("layer_norm",),
    "gelu and exponentials": ("gelu", "exp", "log", "softplus", "sigmoid"),
    "copies and casts": ("copy_", "to_copy", "clone", "cat", "contiguous"),
    "gathers and scatters": ("index", "gather", "scatter", "masked", "where", "sort", "nonzero"),
    "sums and products by element": ("add", "mul", "div", "sum", "sub", "maximum", "minimum", "clamp", "fill", "zero", "neg"),
}


def clock(device: torch.device) -> float:
    """Seconds: of this process on a processor, of the wall on an accelerator."""
    return time.process_time() if device.type == "cpu" else time.perf_counter()


def matmul_rate(device: torch.device, size: int = 2048, runs: int = 8) -> float:
    """GFLOP/s of a square bf16 product, the best of some."""
    a, b = (torch.randn(size, size, device=device).to(torch.bfloat16) for _ in range(2))
    times = []
    for _ in range(runs):
        began = clock(device)
        float((a @ b)[0, 0])
        times.append(clock(device) - began)
    return 2 * size**3 / min(times) / 1e9


def group_of(name: str) -> str:
    """The group of an operator."""
    return next((group for group, words in GROUPS.items() if any(word in name.lower() for word in words)), "the rest")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", choices=PRESETS, default="tiny")
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--threads", type=int, default=0)
    args = parser.parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    device = pick_device("auto")
    options = PretrainConfig.of(**preset(args.preset, device.type != "cpu"))
    config = options.loop
    run = Run(build_network(options), config, Team(device=device))
    batch = to_torch(Corpus(None, 1, worlds=1.0, examples=options.draws.examples).batch(0), device)
    peak = matmul_rate(device)

    def step() -> float:
        began = clock(device)
        with torch.autocast(device.type, torch.bfloat16, enabled=config.in_half(device)):
            loss, _ = config.goal(run.module, batch)
        loss.backward()
        run.finish(0)
        return clock(device) - began

    step()
    with FlopCounterMode(display=False) as flops:
        step()
    spent = float(np.median([step() for _ in range(args.steps)]))
    activities = [ProfilerActivity.CPU] + ([ProfilerActivity.CUDA] if device.type == "cuda" else [])
    with profile(activities=activities) as measured:
        step()
    of_device = "self_device_time_total" if device.type == "cuda" else "self_cpu_time_total"
    times: dict[str, float] = {}
    for event in measured.key_averages():
        times[group_of(event.key)] = times.get(group_of(event.key), 0.0) + getattr(event, of_device)
    whole, gflop = sum(times.values()), flops.get_total_flops() / 1e9
    series, length = batch["tokens"]["context"].shape[0], batch["tokens"]["context"].shape[1] + batch["tokens"]["query"].shape[1]
    count, busy = series * length, spent * times["matrix products"] / whole
    print(f"{args.preset} on {device}, {torch.get_num_threads()} threads: {count} tokens, {gflop:.1f} GFLOP of matrix products a step")
    print(f"one large bf16 product: {peak:,.0f} GFLOP/s; the step: {spent * 1e3:.0f} ms, {count / spent:,.0f} tokens/s")
    print(f"matrix products reach {gflop / busy / peak:.0%} of that rate while they run, {gflop / spent / peak:.0%} over the whole step")
    for group, value in sorted(times.items(), key=lambda pair: -pair[1]):
        print(f"{value / whole:6.1%}  {group}")


if __name__ == "__main__":
    main()
