"""Explaining: what is hidden in turn, and what the answer is without it, in numbers without names."""
