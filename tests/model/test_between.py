"""Which cells are told by the places around and which by the network, and that nothing leaks."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from chronotope.data.panel import Edges, Panel
from chronotope.model.between import FEW, by_evidence, with_places
from chronotope.questions import Question


def question_of(known=40, hidden=3, steps=50, seed=0, values=None, name="heat"):
    """Places that are smooth in space; the last ones are never seen and asked."""
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, 1e5, (known + hidden, 2))
    waves = rng.normal(size=(steps, 3))
    smooth = waves[:, :1] * xy[:, 0] / 1e5 + waves[:, 1:2] * xy[:, 1] / 1e5 + waves[:, 2:]
    values = (smooth if values is None else values(smooth)).astype(np.float32)[..., None]
    times = pd.date_range("2024-01-01", periods=steps, freq="1h").values
    panel = Panel(values, times, "1h", (name,), xy=xy)
    asked = np.zeros(values.shape, bool)
    asked[:, known:] = True
    return Question(panel, ~asked, asked)


def never(question):
    raise AssertionError("the network must not be asked")


def ones(question):
    """An answer of ones."""
    out = np.ones((len(question.levels), len(question.rows), *question.asked.shape[1:]), np.float32)
    return np.where(question.asked[question.rows], out, np.nan)


def test_where_enough_places_are_known_they_tell_alone_and_well():
    question = question_of()
    answer = with_places(question, never)
    truth = question.frame.values[:, 40:]
    assert np.isnan(answer[:, :, :40]).all() and np.abs(answer[4][:, 40:] - truth).mean() < 0.02
    assert (np.diff(answer[:, :, 40:], axis=0) >= 0).all()


def test_what_is_hidden_has_no_influence():
    question = question_of()
    poisoned = question.frame.values.copy()
    poisoned[~question.seen] = 1e6
    other = replace(question, frame=replace(question.frame, values=poisoned))
    np.testing.assert_array_equal(with_places(other, never), with_places(question, never))


def test_few_known_places_are_mixed_with_the_network():
    question = question_of(known=FEW - 2)
    alone, mixed = by_evidence(question)[0][4], with_places(question, ones)[4]
    asked = question.asked
    share = (mixed[asked] - alone[asked]) / (1 - alone[asked])
    np.testing.assert_allclose(share[np.abs(1 - alone[asked]) > 0.1], 0.4, atol=1e-3)


@pytest.mark.parametrize("case", ["three known places", "all the same", "one spot", "no positions", "forecast", "blind"])
def test_where_places_tell_nothing_the_network_answers(case):
    question = question_of(3) if case == "three known places" else question_of(values=np.zeros_like if case == "all the same" else None)
    frame = question.frame
    if case == "one spot":
        question = replace(question, frame=replace(frame, xy=np.zeros_like(frame.xy)))
    if case == "no positions":
        question = replace(question, frame=replace(frame, xy=None))
    if case == "forecast":
        later = np.arange(50)[:, None, None] >= 40
        question = replace(question, seen=question.seen & ~later, asked=question.asked & later)
    if case == "blind":
        question = replace(question, seen=np.zeros_like(question.seen))
    answer = with_places(question, ones)
    assert (answer[:, question.asked[question.rows]] == 1).all()


def test_steps_in_which_nobody_is_seen_go_to_the_network():
    question = question_of()
    seen = question.seen.copy()
    seen[10:13] = False
    question = replace(question, seen=seen)
    asked = []

    def record(part):
        asked.append(part.rows)
        return ones(part)

    answer = with_places(question, record)
    assert np.array_equal(asked[0], [10, 11, 12]) and (answer[:, 10:13, 40:] == 1).all() and not (answer[:, 13:, 40:] == 1).any()


def test_cells_of_places_that_were_seen_go_to_the_network():
    question = question_of()
    seen, asked = question.seen.copy(), question.asked.copy()
    seen[5, 2], asked[5, 2] = False, True
    answer = with_places(Question(question.frame, seen, asked), ones)
    assert (answer[:, 5, 2] == 1).all() and not (answer[:, 5, 40:] == 1).any()


def test_the_network_is_asked_about_many_new_places_in_groups():
    sizes = []

    def record(part):
        sizes.append((part.seen.shape[1], int(part.asked.any(axis=(0, 2)).sum())))
        return ones(part)

    with_places(question_of(known=10, hidden=150), record)
    assert sizes == [(74, 64), (74, 64), (32, 22)]


def test_directions_are_told_the_short_way_round():
    question = question_of(
        values=lambda smooth: np.mod(10 * smooth / np.abs(smooth).max() + np.linspace(0, 720, 50)[:, None], 360), name="wind_dir"
    )
    answer, truth = with_places(question, never)[4][:, 40:], question.frame.values[:, 40:]
    assert np.abs(np.mod(answer - truth + 180, 360) - 180).max() < 3


def test_edges_are_heard_where_they_know_more_than_positions():
    question = question_of(known=40, hidden=40, values=lambda smooth: np.random.default_rng(3).normal(size=(50, 40))[:, np.r_[:40, :40]])
    pairs = Edges(np.arange(40), np.arange(40, 80), np.ones(40))
    chain = Edges(np.r_[pairs.source, np.arange(0, 39, 2)], np.r_[pairs.target, np.arange(1, 40, 2)], np.ones(60))
    values = question.frame.values.copy()
    values[:, 1:40:2], values[:, 41::2] = values[:, 0:40:2], values[:, 40::2]  # known places are linked in pairs as well
    linked = replace(question, frame=replace(question.frame, values=values, edges=chain))
    deaf = replace(linked, frame=replace(linked.frame, edges=None))
    off = [np.abs(with_places(one, never)[4][:, 40:] - values[:, 40:]).mean() for one in (linked, deaf)]
    assert off[0] < 0.3 * off[1]
