"""Tables, by their layout, to Fields.

layouts         tables chooses between long_tables, wide_tables, moving, trips; wide_copy fills a wide text where it lies
odd rows        above (the header), footers
odd columns     side_columns, level_columns, local_clock
profiles        profiles (also of datasets), depth_rows (a row per depth of what moves)
the last step   finish
"""
