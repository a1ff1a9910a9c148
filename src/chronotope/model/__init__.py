"""Model: the network as a predictor, and what is done to a question before and to an answer after it.

the network          model, load, card (weights on disk), migrations
a variable's nature  nature joins totals (sums: of rare gains), support (directions), drivers (known ahead; late: when they act; switches:
                     seldom on), lines (tides), onward (smooth), silent, reach, legs
stages of a series   leaps, still, constant, usual, plateaus, closed, orders, routes (from other series); missed judges whether they help
years              growth, on towards the mix that the network starts from
stages of evidence   between, gaps (exact: told without a miss), counts, fine, meeting, moving, paths
large grids          lattice, coarser, earlier
reasons              shares, what each candidate has of an answer
"""
