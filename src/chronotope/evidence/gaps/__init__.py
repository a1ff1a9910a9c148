"""Gaps: what is seen around a gap - before and after it, and of other series at its time - says what it hid.

series --bridges, conditional regressions, kriging--> planted gaps of the same pattern, asked cells --mixed by their misses--> quantiles
"""
