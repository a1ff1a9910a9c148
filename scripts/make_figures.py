"""Draw the figures of the README and the docs: python scripts/make_figures.py [--model NAME]

They are what the tool itself draws, from the samples that ship, with the default model unless another is named.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import chronotope as ct
from chronotope.view.series import draw_fan
from chronotope.view.slices import slice_forecast
from chronotope.view.style import house_style, new_figure

FIGURES = Path(__file__).resolve().parents[1] / "docs" / "figures"
DAY = 24


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


def main() -> None:
    """Draw both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default=None, help="a shipped name, a folder, or baseline:NAME")
    model = ct.load(parser.parse_args().model)
    FIGURES.mkdir(parents=True, exist_ok=True)
    airports(model)
    north_america(model)


if __name__ == "__main__":
    main()
