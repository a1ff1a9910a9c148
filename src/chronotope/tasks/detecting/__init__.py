"""Detecting: how surprising every observed value is beside what the rest of its field leads one to expect, in numbers without names."""
