"""Positions and names of places."""
