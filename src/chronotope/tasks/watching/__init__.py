"""Watching: how surprising each value is beside nothing but what came before it and what came with it, in numbers without names."""
