"""Heads: from tokens to answers."""
