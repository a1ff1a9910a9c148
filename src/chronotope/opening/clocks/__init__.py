"""Stamps from whatever a source calls time."""
