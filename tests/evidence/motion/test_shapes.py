"""Of what others missed, that counts which they missed at moments alike."""

from __future__ import annotations

import numpy as np
import pytest

from chronotope.evidence.motion.members import drawn
from chronotope.evidence.motion.shapes import Shapes, templates, widened
from chronotope.evidence.motion.spread import Widths
from chronotope.evidence.motion.tracks import Moments

LEADS = 4


def widths_of(unit, tried, asked):
    """Misses (m, h) at moments with one log feature (m,), asked for moments with (k,), of size 1 and heading east."""
    plain = np.ones((len(asked), unit.shape[1]))
    moments = Moments(np.zeros(len(unit), int), np.arange(len(unit)))
    return Widths(moments, unit, np.ones_like(unit), plain, plain.astype(complex), (), (tried[:, None], asked[:, None]))


def two_kinds(number=400, seed=0):
    """Those with feature 0 miss along their path alone, those with feature 1 across it."""
    rng = np.random.default_rng(seed)
    kind = np.arange(number) % 2
    size = rng.normal(size=number) * np.where(kind, 1j, 1)
    return size[:, None] * np.arange(1, LEADS + 1), kind.astype(float)


def test_quantiles_and_members_are_those_of_moments_alike():
    unit, kind = two_kinds()
    widths = widths_of(unit, kind, np.array([0.0, 1.0]))
    shapes, scale = Shapes.of(widths), widths.size * widths.heading
    wide = np.ptp(shapes.quantiles(0, scale[:, 0], (0.1, 0.9)), axis=0)
    members = drawn(shapes, scale, 200, np.random.default_rng(0), np.arange(2))[..., 0]
    spread = np.ptp(np.quantile(np.stack([members.real, members.imag], -1), (0.1, 0.9), axis=0), axis=0)
    for told in (wide, spread):
        assert told[0, 1] < 0.01 and told[1, 0] < 0.01
        assert np.diag(told) == pytest.approx([2.56, 2.56], rel=0.25)


def test_the_order_of_trials_does_not_count():
    unit, kind = two_kinds()
    turn = np.random.default_rng(1).permutation(len(unit))
    one, two = (Shapes.of(widths_of(*some, np.array([0.0, 0.4]))) for some in ((unit, kind), (unit[turn], kind[turn])))
    scale, levels = np.ones(2, complex), (0.1, 0.5, 0.9)
    np.testing.assert_allclose(one.quantiles(2, scale, levels), two.quantiles(2, scale, levels))


def test_of_many_as_alike_those_are_taken_that_tell_of_all():
    unit = np.linspace(1, 3, 1000)[:, None] * np.ones(LEADS, complex)
    shapes = Shapes.of(widths_of(unit, np.zeros(1000), np.zeros(1)))
    assert len(np.unique(shapes.pick)) < 400
    high = np.quantile(np.abs(shapes.unit[shapes.pick[0], 0]), (0.1, 0.5, 0.9))
    assert high == pytest.approx([1.2, 2.0, 2.8], abs=0.03)


def test_few_trials_are_widened():
    few, many = (widened(Shapes.of(widths_of(*two_kinds(number), np.zeros(1))).weight) for number in (12, 2000))
    assert few > 1.2 and 1 < many < 1.05


def test_misses_between_known_leads_do_not_narrow_those_that_were_seen():
    unit = np.random.default_rng(0).normal(size=(600, LEADS)).astype(complex)
    gappy = unit.copy()
    gappy[np.arange(600) % 3 > 0, 1] = np.nan
    wide = [
        np.ptp(Shapes.of(widths_of(one, np.zeros(600), np.zeros(1))).quantiles(1, np.ones(1), (0.1, 0.9)), axis=0) for one in (unit, gappy)
    ]
    assert wide[1][0, 0] > 0.9 * wide[0][0, 0]  # straight lines between leads are 0.80 as wide


def test_nothing_tried_is_no_shape():
    widths = widths_of(np.full((3, LEADS), np.nan, complex), np.zeros(3), np.zeros(2))
    shapes = Shapes.of(widths)
    assert not len(shapes.unit)
    assert not drawn(shapes, widths.heading, 5, np.random.default_rng(0), np.arange(2)).any()


def test_templates_with_gaps_are_completed():
    known = np.array([[1, 2, 3, 4], [1.1, np.nan, 3.3, 4.4], [0.9, 1.9, np.nan, np.nan], [np.nan] * 4], complex)
    made = templates(known)
    assert made.shape == (3, 4) and made[1, 1] == pytest.approx(2.2)
    np.testing.assert_allclose(made[2, 2:], [2.9, 3.9])
