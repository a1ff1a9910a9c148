"""Fine: evidence about what lies inside cells of which only the means are seen.

coarse --kernels and a network, mixed by their errors one scale up--> detail inside each cell --widths measured there--> quantiles
"""
