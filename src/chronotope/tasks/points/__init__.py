"""Verbs about moving sensors, a value where each of them is: forecast (also gaps), interpolate (any place and time), detect."""
