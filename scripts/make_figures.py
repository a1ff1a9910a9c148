"""Draw the figures of the README and the docs: python scripts/make_figures.py [--model NAME] [--only worlds]

They are what the tool itself draws, from the samples that ship, with the default model unless another is named; one small picture per
family of simulated worlds: all places over time, in units of their own spread; and the gallery, by running the code of its page.
"""

from __future__ import annotations

import argparse
import os
import re
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

import chronotope as ct
from chronotope.view.cutting import slice_forecast
from chronotope.view.series import draw_fan
from chronotope.view.style import house_style, new_figure

FIGURES = Path(__file__).resolve().parents[1] / "docs" / "figures"
DAY = 24
WORLDS: dict[str, dict] = {  # composed worlds in which a family shows what it is
    "gaussian": {"seed": 3, "spatial": "drifting", "temporal": "kernel_synth", "layout": "uniform"},
    "travelling": {"seed": 1, "spatial": "travelling", "layout": "uniform"},
    "network": {"seed": 0, "spatial": "network", "temporal": "white", "layout": "ring"},
    "advection": {"seed": 0, "spatial": "advection", "layout": "uniform"},
    "traffic": {"seed": 4, "spatial": "traffic", "temporal": "seasonal", "freq": "5min"},
    "epidemic": {"seed": 4, "spatial": "epidemic", "layout": "clustered"},
    "hawkes": {"seed": 4, "spatial": "hawkes", "layout": "uniform"},
    "movers": {"seed": 1, "spatial": "movers", "layout": "jittered"},
    "chaos": {"seed": 0, "spatial": "chaos", "layout": "ring"},
    "patterns": {"seed": 1, "spatial": "patterns", "temporal": "spikes", "layout": "uniform"},
    "hydrology": {"seed": 4, "spatial": "hydrology"},
    "energy": {"seed": 2, "spatial": "energy", "freq": "30min"},
    "interventions": {"seed": 5, "margin": "lognormal", "intervention": "shift", "layout": "uniform"},
    "controls": {"seed": 2, "spatial": "independent"},
}


def airports(model: ct.Model) -> None:
    """A day of temperature at three airports, beside what came true."""
    field = ct.sample("nyc_weather")
    fc = model.forecast(field, DAY, at=field.times[-DAY - 1], target="temp")
    part = slice_forecast(fc)
    with house_style():
        figure = new_figure(9.0, 2.7)
        axes = figure.subplots(1, len(part.labels), sharey=True)
        for where, one in enumerate(axes):
            draw_fan(one, part, where)
            one.set_title(str(field.dataset["name"].values[where]))
        axes[0].set_ylabel("temperature (°F)")
        axes[0].legend(loc="upper left", fontsize=7, handlelength=1.2)
        figure.savefig(FIGURES / "forecast.png", dpi=110)


def north_america(model: ct.Model) -> None:
    """A day ahead over North America."""
    field = ct.sample("air_temperature")
    model.forecast(field, 4).map().savefig(FIGURES / "map.png", dpi=110)


def simulated(name: str, parts: dict, places: int = 32, steps: int = 240) -> None:
    """The truth of one composed world, places in the order in which things reach them."""
    world = ct.worlds.compose(**parts, places=places, steps=steps)
    truth, known, where = world.truth[..., 0], world.params, world.panel.xy
    field = (truth - truth.mean(0)) / np.maximum(truth.std(0), 1e-9)
    along = np.arange(places) if known["layout"] in ("tree", "ring") else where @ np.array(known.get("velocity", [1.0, 0.0]))
    order = np.argsort(known["delay"] if parts.get("spatial") == "travelling" else along)
    with house_style():
        figure = new_figure(3.2, 1.1)
        axes = figure.subplots()
        axes.imshow(field[:, order].T, aspect="auto", cmap="viridis", vmin=-2, vmax=2.5, interpolation="nearest")
        axes.set_axis_off()
        (FIGURES / "worlds").mkdir(exist_ok=True)
        figure.savefig(FIGURES / "worlds" / f"{name}.png", dpi=80, pil_kwargs={"optimize": True})


def gallery() -> None:
    """Run the code of docs/gallery.md in an empty folder, and keep its pictures, small."""
    page = (FIGURES.parent / "gallery.md").read_text(encoding="utf-8")
    code = "\n".join(re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL))
    target, here = FIGURES / "gallery", Path.cwd()
    target.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            exec(compile(code, "docs/gallery.md", "exec"), {})
        finally:
            os.chdir(here)
        for made in Path(folder).glob("*.png"):
            picture = Image.open(made).convert("RGB")
            picture.thumbnail((900, 900), Image.Resampling.LANCZOS)
            picture.quantize(224, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(target / made.name, optimize=True)
        for made in Path(folder).glob("*.gif"):
            (target / made.name).write_bytes(made.read_bytes())


def main() -> None:
    """Draw all of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default=None, help="a shipped name, a folder, or baseline:NAME")
    parser.add_argument("--only", choices=["worlds", "gallery"], default=None)
    asked = parser.parse_args()
    FIGURES.mkdir(parents=True, exist_ok=True)
    if asked.only != "gallery":
        for name, parts in WORLDS.items():
            simulated(name, parts)
    if asked.only != "worlds":
        gallery()
    if asked.only:
        return
    model = ct.load(asked.model)
    airports(model)
    north_america(model)


if __name__ == "__main__":
    main()
