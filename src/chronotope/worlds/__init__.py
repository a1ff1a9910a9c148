"""Simulated worlds: `draw(seed)` gives a data set whose truth is known (docs/worlds.md)."""
