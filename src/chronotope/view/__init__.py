"""View: pictures and pages of labelled answers, drawn from plain arrays.

answers to arrays    answers, slices, cutting, trials, scores, packed (for the page's script)
pictures             pictures chooses among series, rows, maps, animation, paths, listed, vectors, supposed, explained, score_pictures
parts of pictures    ground, outlines, plane, charts, calibration, style
the report           report joins page, sections, verdict, headline; svg and output write it
"""
