"""The events behind a panel of counts stay those of its steps and places."""

from dataclasses import replace

import numpy as np
import pytest

from chronotope.data.panel import Panel
from chronotope.data.past_events import PastEvents
from chronotope.errors import DimensionError
from chronotope.questions.kinds.forecast import ahead

DAY, NOON = np.timedelta64(1, "D"), np.timedelta64(12, "h")


def panel(steps=10, n=4):
    """One event in place t % n at noon of every day t, of size t; each day is a step that ends at midnight."""
    start, day = np.datetime64("2024-01-01", "ns"), np.arange(steps)
    values = (day[:, None] % n == np.arange(n)).astype(np.float32)[..., None]
    lattice = np.stack([np.zeros(n, int), np.arange(n)], axis=1)
    place = day % n
    events = PastEvents(start + day * DAY + NOON, lattice[place] + 0.5, place, lattice, (1, 6), 2, marks={"size": day * 1.0})
    return Panel(values, start + (day + 1) * DAY, "1D", ("count",), events=events)


def counted(made):
    """The counts anew, from the events."""
    row = np.searchsorted(made.times, made.events.times)
    out = np.zeros(made.values.shape[:2])
    np.add.at(out, (row, made.events.place), 1)
    return out


@pytest.mark.parametrize("part", [lambda p: p.slice_time(0, 6), lambda p: p.slice_time(3, 8), lambda p: p.take_places(np.array([3, 1]))])
def test_a_part_holds_the_events_of_its_counts(part):
    made = part(panel())
    np.testing.assert_array_equal(counted(made), made.values[..., 0])
    assert len(made.events.marks["size"]) == len(made.events.times) == made.values.sum()


def test_places_that_are_dropped_are_not_elsewhere():
    part = panel().take_places(np.array([3, 1]))
    assert part.events.elsewhere == 2 and part.events.lattice.tolist() == [[0, 3], [0, 1]]


def test_an_event_at_the_end_of_a_step_belongs_to_it():
    made = panel()
    late = replace(made.events, times=made.events.times + NOON)
    assert len(late.between(None, made.times[4]).times) == 5


def test_a_question_shows_no_event_after_what_is_seen():
    made = panel()
    question = ahead(made, 5, 2)
    assert len(question.past_events().times) == 6
    leaky = replace(question, frame=replace(question.frame, events=made.events))
    assert len(leaky.past_events().times) == 6
    assert ahead(replace(made, events=None), 5, 2).past_events() is None


def test_unsorted_events_are_refused():
    events = panel().events
    with pytest.raises(DimensionError, match="sort the events"):
        replace(events, times=events.times[::-1])
