"""Pace: what long work tells of itself - how much is done, how long it will take by the rate of what is done - and the budget it keeps.

    with working("forecasting", budget="60s"):      a call, with its watcher and its budget
        for origin in paced(origins):               its pieces, which may have pieces of their own
            ...

Whoever works in pieces says no more than `paced`; without a call around it that is a plain loop.
"""

from chronotope.pace.call import LOG, anew, hushed, paced, room, said, say, working
from chronotope.pace.length import in_words, seconds_of

__all__ = ["LOG", "anew", "hushed", "in_words", "paced", "room", "said", "say", "seconds_of", "working"]
