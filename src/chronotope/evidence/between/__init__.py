"""Between: what known places say of places that were never seen, at the same times.

known series --rules--> left-out known places, asked places --mixed by their misses--> one answer --how it missed--> quantiles

Everything is fitted on known places that are left out in turn, so an answer does not depend on which or how many places are asked.
"""
