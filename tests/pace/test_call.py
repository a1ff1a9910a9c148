"""Long work in pieces: shares, estimates and budgets by a clock that the test turns."""

import logging

import pytest

from chronotope.errors import ArgumentError, BudgetError
from chronotope.pace import LOG, anew, call, hushed, in_words, paced, said, say, seconds_of, working
from chronotope.pace.shown import Lines


class Heard:
    """A watcher that writes down what it is told."""

    def __init__(self, stop_at=2.0):
        self.told, self.texts, self.stop_at = [], [], stop_at

    def at(self, words, share, left):
        self.told.append((words, round(share, 6), left))
        if share >= self.stop_at:
            raise KeyboardInterrupt

    def say(self, text):
        self.texts.append(text)

    def close(self):
        self.told.append("closed")


@pytest.fixture
def clock(monkeypatch):
    """`clock(3)` lets three seconds go by."""
    now = [1000.0]
    monkeypatch.setattr(call.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(call, "OFTEN", 0.0)

    def wait(seconds):
        now[0] += seconds
        return now[0]

    return wait


def test_without_a_call_pieces_are_a_plain_loop():
    assert list(paced(range(3))) == [0, 1, 2] and said() == []


def test_shares_of_nested_loops_add_up(clock):
    heard = Heard()
    with working("looking", watcher=heard):
        for _ in paced("ab"):
            for _ in paced("xyz"):
                pass
    assert [share for _, share, _ in heard.told] == [round(k, 6) for k in (1 / 6, 1 / 3, 1 / 2, 1 / 2, 2 / 3, 5 / 6, 1, 1)]


def test_the_time_left_goes_by_what_was_done_without_the_first_piece(clock):
    heard = Heard()
    with working("looking", watcher=heard):
        clock(5)  # reading
        for k in paced(range(5)):
            clock(20 if k == 0 else 2)
    assert [left for _, _, left in heard.told] == pytest.approx([80, 6, 4, 2, 0])


def test_what_does_not_fit_is_refused_by_the_rate_of_the_first_pieces(clock):
    done = []
    with pytest.raises(BudgetError, match=r"budget of 60 s; .*looking takes about 5 min"), working("looking", "60s", Heard()):
        for k in paced(range(100)):
            done.append(k)
            clock(3)
    assert len(done) == 2  # a tenth of the budget is spent by then


def test_what_fits_is_done(clock):
    with working("looking", 60, Heard()):
        assert sum(1 for _ in paced(range(100)) if clock(0.5)) == 100


def test_pieces_that_may_be_are_thinned_and_that_is_said(clock):
    heard, start = Heard(), clock(0)
    with working("trying", "60s", heard):
        taken = []
        for k in paced(range(100), 8, "origins"):
            taken.append(k)
            clock(2)
        assert said() == heard.texts
    assert clock(0) - start <= 60 and len(taken) == 27
    assert taken == sorted(set(taken)) and taken[:2] == [0, 1] and taken[-1] > 95 and max(b - a for a, b in zip(taken, taken[1:])) <= 5
    assert heard.texts == ["27 of 100 origins are taken, spread over all of them, to keep a budget of 60 s; all would take about 3 min"]


def test_not_even_the_fewest_that_must_stay(clock):
    done = []
    with pytest.raises(BudgetError, match="with the fewest origins"), working("trying", "20s", Heard()):
        for k in paced(range(100), 8, "origins"):
            done.append(k)
            clock(4)
    assert len(done) <= 2


def test_unlike_pieces_say_nothing_of_each_other(clock):
    heard = Heard()
    with working("scoring", "100s", heard):
        for _ in paced(range(4)):
            for slow in paced((20, 0, 0, 0), alike=False):
                clock(slow)
    assert heard.told[0][2] is None and heard.told[-1][1] == 1


def test_a_rate_can_be_forgotten(clock):
    with working("scoring", "30s", Heard()):
        for k in paced(range(10)):
            clock(15 if k == 0 else 1)
            if k == 0:
                anew()


def test_reading_may_take_all_of_a_budget(clock):
    with pytest.raises(BudgetError, match="before forecasting could begin"), working("working", "1s", Heard()):
        clock(2)
        with working("forecasting"):
            pass


def test_an_error_inside_ends_the_loops(clock):
    heard = Heard()
    with working("looking", watcher=heard):
        with pytest.raises(ZeroDivisionError):
            for k in paced(range(2)):
                for j in paced(range(2)):
                    1 / (j - 1 + k)
        for _ in paced(range(2)):
            pass
    assert heard.told[-1][1] == 1


def test_a_watcher_can_end_the_work(clock):
    done = []
    with pytest.raises(KeyboardInterrupt), working("looking", watcher=Heard(stop_at=0.5)):
        done.extend(paced(range(10)))
    assert len(done) == 5


def test_a_call_inside_another_is_a_part_of_it(clock):
    heard = Heard()
    with working("outside", watcher=heard), working("inside") as work:
        assert work.watcher is heard
        say("a word")
        with hushed():
            say("nothing")
        list(paced("a"))
    assert heard.texts == ["a word"] and heard.told == [("inside", 1.0, 0.0)]


def test_the_log_has_an_estimate_now_and_then(clock, caplog, monkeypatch):
    monkeypatch.setattr("chronotope.pace.shown.time.monotonic", call.time.monotonic)
    with caplog.at_level(logging.INFO, LOG.name), working("looking", watcher=Lines()):
        for _ in paced(range(12)):
            clock(3)
    lines = [record.message for record in caplog.records]
    assert len(lines) == 3 and "about" in lines[0] and LOG.name == "chronotope"


@pytest.mark.parametrize(("length", "seconds"), [("60s", 60), ("5 min", 300), ("1.5h", 5400), (7, 7), ("12", 12), (None, None)])
def test_lengths(length, seconds):
    assert seconds_of(length) == seconds


@pytest.mark.parametrize("length", ["soon", -1, 0, "0s", True, "5 parsecs", float("nan")])
def test_no_length_of_time_is_refused(length):
    with pytest.raises(ArgumentError, match="60s, 5min or 2h"):
        seconds_of(length)


def test_lengths_in_words():
    assert [in_words(s) for s in (0.04, 8.2, 99, 240, 9000)] == ["0.04 s", "8 s", "99 s", "4 min", "2.5 h"]
