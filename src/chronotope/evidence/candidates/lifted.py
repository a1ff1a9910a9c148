"""Lifted: an old value brought up by what the series gained since, as far as trials have kept such gains."""

from __future__ import annotations

import numpy as np

from chronotope.evidence.case import Case, Said, Spoken
from chronotope.evidence.trend import kept_share

LIFTED = 0.5  # share of the slope from which a candidate is another one than without it


def lifted(case: Case, plain: Spoken, tried_gain: np.ndarray, asked_gain: np.ndarray) -> Spoken:
    """What was said, plus the share of its gain (s, n) that trials have kept."""
    trials = case.trials
    value, ok = (a.reshape(trials.shape) for a in (plain.tried.value, plain.tried.is_available))
    share = kept_share(tried_gain.reshape(trials.shape), trials.truth - value, trials.valid * ok, case.variables)
    if not share.any():
        return plain
    return Spoken(
        _raised(plain.tried, tried_gain, np.repeat(share, trials.shape[2], axis=1)),
        _raised(plain.asked, asked_gain, trials.at(share, case.asked.lead)),
        share=share,
    )


def _raised(said: Said, gain: np.ndarray, part: np.ndarray) -> Said:
    known = (gain != 0) | (part < LIFTED)  # a candidate that is lifted was not tried where no slope was known yet
    return Said.of(said.value + part * gain, said.is_available & known)
