"""Findings about data: pure functions on datasets, arrays and stamps, which know no Field.

what is shown          describe, html, field_html; subject and finding are what they speak of
what looks wrong       checks joins ended, late, restarts, runs, spikes, stretches, movers, weekly_hours
what a variable is     called, support, totals, circle (directions)
a careful look         look joins quality, periods, stationarity, likeness
the ground of all      sphere
"""
