"""Verbs about moving sensors, a value where each of them is: forecast (also gaps), interpolate (any place and time), detect, simulate.

profiles is what they share of values along depth.
"""
