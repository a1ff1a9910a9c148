"""Data: what everything computes on - a labelled Field, and a Panel of plain numbers on a regular frame.

the two          field, panel; folding turns one into the other, cut takes parts along
their time       frame, stamps, zones, yearly_dates
their space      projection, azimuthal, geometry, regions, blocks, edges_in_time
moving things    fixes, scene, past_events
beside values    side, known_future, categories, columns
to files         longtable, writers, marks, native
from callers     arguments: numbers, names and switches, checked at the door
"""
