"""Members have each cell's own quantiles, belong together as the past did, and follow their places."""

from dataclasses import replace

import numpy as np
import pytest

from chronotope.errors import ArgumentError
from chronotope.questions import AbstractQuantilePredictor, Quantiles, Question, Rate, Samples
from chronotope.tasks.load import load
from chronotope.wrappers.joined import Joined
from chronotope.wrappers.joint import whole
from chronotope.wrappers.joint.ahead import scores_ahead
from chronotope.wrappers.joint.bridges import scores_between
from chronotope.wrappers.joint.margins import LEVELS, evened
from panels import ahead, hole, panel_of

MIX = load("baseline:mix").predictor


def regions(steps=400, each=6, share=0.9, seed=0):
    """Two groups of places; those of a group move together, by an autoregression that keeps 0.8 of itself."""
    rng = np.random.default_rng(seed)
    common = np.repeat(rng.normal(size=(steps, 2)), each, axis=1)
    new = np.sqrt(share) * common + np.sqrt(1 - share) * rng.normal(size=(steps, 2 * each))
    x = np.zeros_like(new)
    for t in range(1, steps):
        x[t] = 0.8 * x[t - 1] + new[t]
    return replace(panel_of(20 + x), xy=rng.random((2 * each, 2)) * 100)


def drawn(question, number=200, seed=0, base=MIX, way=None):
    return Joined(base, way).answer(question.wanting(Samples(number, seed))).values


@pytest.mark.parametrize("way", ["templates", "apart"])
def test_places_belong_together_as_in_the_past(way):
    question = ahead(regions(), 6)
    scores = scores_ahead(question, 4000, np.random.default_rng(0), np.zeros(1, bool), way)[..., 0]
    for h in (0, 5):
        likeness = np.corrcoef(scores[:, h].T)
        inside, across = likeness[:6, :6][np.triu_indices(6, 1)], likeness[:6, 6:]
        assert inside.mean() == pytest.approx(0.85, abs=0.08)  # 0.9, less each cell's own chance
        assert np.abs(across.mean()) < 0.12  # 256 templates of an autoregression tell no more
    assert np.abs(scores.std(axis=0) - 1).max() < 0.06 and np.abs(scores.mean(axis=0)).max() < 0.08


def test_leads_belong_together_as_the_theory_of_an_autoregression_says():
    question = ahead(regions(steps=1500), 8)
    scores = scores_ahead(question, 4000, np.random.default_rng(0), np.zeros(1, bool))[..., 0]
    left = lambda h: (1 - 0.64**h) / 0.36  # noqa: E731 - variance of the miss at lead h
    for a, b in ((1, 2), (2, 6)):
        truth = 0.8 ** (b - a) * np.sqrt(left(a) / left(b))
        found = np.mean([np.corrcoef(scores[:, a - 1, i], scores[:, b - 1, i])[0, 1] for i in range(12)])
        assert found == pytest.approx(truth, abs=0.1)


def test_quantiles_of_the_members_are_those_of_the_predictor_where_their_means_are_as_sure(monkeypatch):
    monkeypatch.setattr(whole, "WIDER", 1.0)
    question = ahead(regions(), 6)
    told = MIX.answer(question).values
    members = drawn(question, 999)
    found = np.quantile(members, question.levels, axis=0, method="weibull")
    assert np.abs(found - told).max() < 0.02 * told.std()  # one of 999 equal parts


def test_a_single_member_is_a_fair_draw():
    scores = np.random.default_rng(0).normal(size=(2, 20000))
    assert evened(scores).std() == pytest.approx(1, abs=0.03)


def test_evened_scores_keep_their_order_and_stand_one_in_each_part():
    scores = np.random.default_rng(0).normal(size=(11, 50))
    even = evened(scores)
    assert (np.argsort(even, axis=0) == np.argsort(scores[:-1], axis=0)).all()
    from scipy.special import ndtr

    assert (np.sort(np.floor(ndtr(even) * 10), axis=0) == np.arange(10)[:, None]).all()


def test_same_seed_same_members_and_another_seed_others():
    question = ahead(regions(), 4)
    one, same, other = drawn(question, 20), drawn(question, 20), drawn(question, 20, seed=1)
    assert np.array_equal(one, same) and not np.array_equal(one, other)


@pytest.mark.parametrize("positions", [True, False])
def test_members_follow_their_places(positions):
    panel = regions()
    panel = panel if positions else replace(panel, xy=None)
    order = np.random.default_rng(3).permutation(12)
    plain, moved = drawn(ahead(panel, 5), 20), drawn(ahead(panel.take_places(order), 5), 20)
    assert np.abs(moved - plain[:, :, order]).max() < 1e-3 * panel.values.std()


def test_members_follow_their_variables():
    both = np.stack([regions(seed=s).values[..., 0] for s in (0, 1)], axis=-1)
    panel = panel_of(both)
    turned = replace(panel, values=panel.values[..., ::-1].copy(), variables=panel.variables[::-1])
    one, other = (drawn(ahead(made, 5), 20, base=Told()) for made in (panel, turned))  # the mix itself moves by more
    assert np.abs(other[..., ::-1] - one).max() < 1e-3


def test_a_change_of_unit_changes_nothing_but_the_unit():
    panel = regions()
    other = replace(panel, values=panel.values * 1.8 + 32)
    spread = panel.values.std()
    assert np.abs((drawn(ahead(other, 5), 20) - 32) / 1.8 - drawn(ahead(panel, 5), 20)).max() < 1e-3 * spread


def test_nothing_after_the_origin_matters():
    question = ahead(regions(), 6)
    poisoned = question.frame.values.copy()
    poisoned[question.rows] = 1e6
    assert np.array_equal(drawn(replace(question, frame=replace(question.frame, values=poisoned)), 10), drawn(question, 10))


def test_what_a_gap_hides_does_not_matter():
    panel, hidden = regions(), np.zeros((400, 12, 1), bool)
    hidden[100:110, :4] = hidden[300, 7] = True
    poisoned = replace(panel, values=np.where(hidden, np.float32(1e6), panel.values))
    one, other = (drawn(Question(p, panel.mask & ~hidden, hidden), 10) for p in (panel, poisoned))
    assert np.array_equal(one, other, equal_nan=True)


def test_counts_are_whole_and_bounds_hold():
    rng = np.random.default_rng(0)
    counts = rng.poisson(np.exp(0.3 * rng.normal(size=(300, 1))), (300, 8))
    members = drawn(ahead(panel_of(counts), 6), 100)
    assert (members == np.rint(members)).all() and members.min() == 0 and members.max() > 2


def test_directions_turn():
    way = np.mod(np.cumsum(np.random.default_rng(0).normal(0, 8, (300, 4)), axis=0), 360)
    panel = replace(panel_of(way), variables=("wind_direction",))
    members = drawn(ahead(panel, 6), 100)
    assert members.min() >= 0 and members.max() < 360
    last = np.deg2rad(way[-1])
    off = np.rad2deg(np.angle(np.exp(1j * (np.deg2rad(members[:, 0, :, 0]) - last))))
    assert np.abs(off).max() < 90  # steps of 8 degrees: the first lead is near the last way


def test_totals_never_fall():
    gains = np.random.default_rng(0).gamma(1.0, 2.0, (480, 3)) * (1 + np.sin(np.arange(480) * 2 * np.pi / 24))[:, None]
    panel = replace(panel_of(1000 + np.cumsum(gains, axis=0)), totals=(True,))
    members = drawn(ahead(panel, 24), 50)
    assert (np.diff(members, axis=1) >= 0).all() and (members[:, 0] >= panel.values[-1] - 1e-3).all()
    spread = np.diff(np.quantile(members, (0.1, 0.9), axis=0), axis=0)[0]
    assert (spread[-1] > spread[0]).all()


def test_a_gap_joins_its_ends_and_its_members_are_tied_to_them():
    panel = regions(steps=300)
    hidden = np.zeros(panel.values.shape, bool)
    hidden[100:120, :3] = hidden[200, 5] = True
    question = hole(panel, hidden)
    scores = scores_between(question, 3000, np.random.default_rng(0))[..., 0]
    run = scores[:, :20, 0]
    assert np.abs(run.std(axis=0) - 1).max() < 0.06
    near, far = np.corrcoef(run[:, 0], run[:, 1])[0, 1], np.corrcoef(run[:, 0], run[:, 19])[0, 1]
    assert near > 0.6 and abs(far) < 0.1
    assert drawn(question, 20)[:, :20, :3].std(axis=0).mean() > 0


def test_what_neighbours_show_leaves_gaps_little_in_common():
    panel = regions(steps=300)
    one, all_ = np.zeros(panel.values.shape, bool), np.zeros(panel.values.shape, bool)
    one[100:104, :2] = True
    all_[100:104, :6] = True
    alike = [
        np.corrcoef(scores_between(hole(panel, hidden), 3000, np.random.default_rng(0))[:, 1, :2, 0].T)[0, 1] for hidden in (one, all_)
    ]
    assert alike[0] < 0.35 < 0.6 < alike[1]  # four places of the group are seen, or none


def test_the_score_at_an_end_of_a_gap_is_the_bridge_of_the_theory():
    rng = np.random.default_rng(0)
    x = np.zeros(2000)
    for t in range(1, 2000):
        x[t] = 0.8 * x[t - 1] + rng.normal()
    hidden = np.zeros((2000, 1, 1), bool)
    hidden[500:503] = True
    scores = scores_between(hole(panel_of(x), hidden), 5000, rng)[:, :, 0, 0]
    line = np.arange(5)
    whole = 0.8 ** np.abs(line[:, None] - line)
    ends, inner = [0, 4], [1, 2, 3]
    left = whole[np.ix_(inner, inner)] - whole[np.ix_(inner, ends)] @ np.linalg.solve(whole[np.ix_(ends, ends)], whole[np.ix_(ends, inner)])
    size = np.sqrt(np.diag(left))
    assert np.abs(np.corrcoef(scores.T) - left / np.outer(size, size)).max() < 0.08


class Told(AbstractQuantilePredictor):
    """The levels themselves, as normal quantiles."""

    name = "told"

    def quantiles(self, question):
        from scipy.special import ndtri

        out = ndtri(np.array(question.levels))[:, None, None, None] + np.zeros((len(question.rows), *question.asked.shape[1:]))
        return np.where(question.asked[question.rows], out, np.nan).astype("float32")


def test_tails_go_on_beyond_the_last_level(monkeypatch):
    monkeypatch.setattr(whole, "WIDER", 1.0)
    members = drawn(ahead(panel_of(np.random.default_rng(0).normal(size=(200, 2))), 2), 4000, base=Told())
    assert members.min() < -3 and members.std() == pytest.approx(1, abs=0.01) and LEVELS[0] == 0.01


@pytest.mark.parametrize("steps", [1, 2, 5])
def test_a_past_too_short_to_say_anything_still_draws(steps):
    panel = panel_of(np.arange(steps)[:, None] + np.arange(3.0))
    members = drawn(ahead(panel, 8), 10, base=Told())
    assert np.isfinite(members).all() and members.std(axis=0).min() > 0


def test_quantiles_pass_through_and_other_wants_are_refused():
    question = ahead(regions(), 3)
    wrapped = Joined(MIX)
    assert wrapped.gives == {Quantiles, Samples} and np.array_equal(wrapped.answer(question).values, MIX.answer(question).values)
    with pytest.raises(ArgumentError, match="Samples"):
        wrapped.answer(question.wanting(Rate()))
