"""Verbs about events, which have a time and a place.

what is asked     asking (origins, steps, cells), oddities (said of them), panel (counts of cells that carry the events behind them)
verbs             forecast, draws (simulate), clusters (detect), explain, whatif
what comes back   result (expected numbers and counts), simulation, detection
"""
