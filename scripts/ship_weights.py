"""Put trained weights into the package, with the benchmark's scores on their card.

python scripts/ship_weights.py runs/tiny scores.json "How the run came about, where it was not one clean run."
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

from chronotope.evaluate.sets.suites import SECOND, SETS
from chronotope.model.card import CARD, WEIGHTS
from chronotope.model.load import SHIPPED

OTHERS_KEPT_OUT = {  # beside those of the benchmark
    "radar_finland", "ipsl_ocean_temperature", "arctic_ocean_3d", "new_york_flights_2013", "sfo_airline_passengers", "uk_daily_flights",
    "australia_retail_states", "solar_homes_fontana", "workplace_ev_charging", "world_daily_weather_july_2011", "ethiopia_land_temperature",
    "halifax_sea_level", "gps_station_daily", "us_states_income", "us_county_unemployment", "us_traffic_deaths", "gvar_world_quarterly",
    "glacier_mass_balance", "electricity_prices_europe", "new_york_ozone_2006",
}  # fmt: skip


def main(run: Path, scores: Path, history: str = "") -> None:
    """Copy weights and card of `run`; the card gets the summary of `scores`, the sets that were kept out and what else is to be told."""
    card = json.loads((run / CARD).read_text())
    measured = json.loads(scores.read_text())
    card["zero_shot"] = {"suite": scores.stem, "definitions": measured["definitions"], "summary": measured["summary"]}
    card["kept_out"] = sorted({one.path.split("/")[0] for one in (*SETS, *SECOND)} | OTHERS_KEPT_OUT)
    card |= {"history": history} if history else {}
    target = SHIPPED / card["name"]
    target.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(run / WEIGHTS, target / WEIGHTS)
    (target / CARD).write_text(json.dumps(card, indent=1) + "\n")
    print(f"{target.name}: {(target / WEIGHTS).stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), " ".join(sys.argv[3:]))
