"""Model: a predictor with the verbs that users call."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as dataclass_field
from pathlib import Path
from typing import Any

import pandas as pd

from chronotope.data.field import Field
from chronotope.pace import said, working
from chronotope.questions import Predictor
from chronotope.tasks.asking.ahead import Ahead
from chronotope.tasks.asking.between import Between
from chronotope.tasks.asking.common import as_field as as_field
from chronotope.tasks.asking.drawn import Drawn
from chronotope.tasks.asking.reasons import Reasons
from chronotope.tasks.asking.telling import Telling
from chronotope.tasks.calibrate import calibrate
from chronotope.tasks.finetune import finetune, save_model
from chronotope.wrappers.turned import Turned


@dataclass(frozen=True)
class Model(Ahead, Drawn, Between, Telling, Reasons):
    """Any predictor - the network, a floor, a wrapped third-party method - behind the same verbs.

    Attributes:
        predictor: who answers.
        report: of a model that `finetune` gave: a table of its validation, with the meaning of its columns in `attrs["definitions"]`.
    """

    predictor: Predictor
    report: pd.DataFrame | None = dataclass_field(default=None, compare=False)

    @property
    def name(self) -> str:
        """The predictor's name."""
        return self.predictor.name

    def calibrated(self, field: Field, horizon: Any, *, budget: Any = None, **options: Any) -> Model:
        """The same model with intervals corrected by its own past misses on `field`; see `tasks.calibrate.calibrate` for the options.

        Args:
            field, horizon: what is tried on, and how far ahead.
            budget: a length of time such as "60s"; fewer past origins are tried where it is too short for all, which is said.
            options: of `calibrate`.

        Raises:
            ArgumentError: an option is unknown, or the field is too short for it.
            BudgetError: the budget is too short for eight origins.
        """
        with working("calibrating", budget):
            return Model(calibrate(self.predictor, as_field(field), horizon, **options))

    def finetune(
        self,
        field: Field,
        method: str = "lora",
        *,
        minutes: float | None = None,
        steps: int | None = None,
        seed: int = 0,
        target: Any = None,
        horizon: Any = None,
        known_future: Any = (),
    ) -> Model:
        """A new model that went on learning on the first four fifths of a field, if that helps on the last fifth; else the same one.

        "trees" learns otherwise: the model is asked at past origins, and boosted trees tell how it missed where things stood alike; what
        blocks of time left out do not confirm is not taken. Forecasts alone change, up to the horizon that was learned.

        Args:
            field: what `chronotope.open` returns; at least 64 steps.
            method: what moves: "lora" (low-rank steps beside the layers), "head", "full" (every weight) or "prompt" (tokens in front);
                or "trees", which needs the extra `adapt` and gains most where the past is long.
            minutes: of wall clock for all of it; 5 where neither `minutes` nor `steps` is given.
            steps: of training (of "trees": past origins); with the same seed what is learned is the same bit by bit, however long it takes.
            seed: of every draw.
            target: variables that are learned from, all by default.
            horizon: steps or a duration, how far ahead "trees" learn; 24 steps by default, a tenth of the field where that is less.
            known_future: variables that "trees" may read ahead, as those of `forecast`.

        Returns:
            A Model whose `report` says how the validation went and whether the tuned weights were kept; `save(folder)` writes them, and
            `chronotope.load(folder)` reads them. This model stays as it is.

        Raises:
            ArgumentError: an argument is not as above, or the model is no network ("trees" teach any).
            DataError: the field is too short, or too empty.
            KindError: the field has no frame of fixed places.
            MissingExtraError: LightGBM is not installed ("trees").
        """
        with working("fine-tuning"):
            options: dict[str, Any] = {"minutes": minutes, "steps": steps, "seed": seed, "target": target}
            options |= {"horizon": horizon, "known_future": known_future}
            predictor, report = finetune(self.predictor, as_field(field), method=method, **options)
            report.attrs |= {"said": said()} if said() else {}
        return Model(predictor, report)

    def save(self, folder: Any, overwrite: bool = False) -> Path:
        """Write the weights of a network with their card to a folder, which `chronotope.load` takes; it appears whole or not at all.

        Raises:
            ArgumentError: the model is no network.
            OutputExistsError: the folder is there and `overwrite` is not given.
            NoFileError: the folder that should hold it is not there.
        """
        return save_model(self.predictor, Path(folder), self.report, overwrite)

    def turned(self, ways: int = 8) -> Model:
        """The same model, asked about the field turned and mirrored in all ways, whose answers turn with the field; so many times as slow.

        For scalar variables at places of a plane; places without positions are asked once.

        Args:
            ways: 8, quarter turns and mirrors; or 4, mirrors alone, where north is not east.

        Raises:
            ArgumentError: `ways` is neither.
        """
        return Model(Turned(self.predictor, ways))

    def __repr__(self) -> str:
        return f"<Model {self.name}>"
