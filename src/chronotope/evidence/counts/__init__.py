"""Counts: what small counts say of themselves - rates from what was counted here, around and at the same phase, and how they scatter.

counts --rules of rates--> one rate by their trials --dispersion, zeros beside it--> quantiles
"""
