"""Taught: a predictor that learned from its own misses on a field's past; boosted trees say how it missed where things stood alike.

question --base--> quantiles --lessons (what stood beside them)--> forests (one per level) --offsets in widths--> quantiles

lessons     what is known where a forecast was made, as differences in units of its width
forest      boosted trees as plain arrays: grown by LightGBM, read without it
teach       a predictor asked at past origins, trees grown on how it missed, and their share chosen by blocks of time left out
taught      the predictor that comes of it
kept        the same on disk
"""
