"""Harmonize: Fields made to fit one another, each step recorded and none guessed.

values      clean (its rules are in faults), bounds, units (unit_table), scale, amounts
time        resample, bins, partial, clocks, daylight
space       regrid, upscale, convert, weights, curvilinear, sphere, cells
counting    counts, flows, means (of moving sensors), turning (means of directions)
relations   graph, align (several Fields on one frame); record keeps what was done
"""
