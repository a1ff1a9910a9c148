"""Responding: what followed when a variable was different, learnt from the past of a field with an interval, in numbers without names."""
