"""Motion: where objects go next, as their own past and the tracks of others say; positions are complex numbers, east + i north.

    Tracks --rules, earlier, regression--> displacements at tried and asked moments --weights, settled--> path --spread--> quantiles

Every rule turns with the scene: a turned scene has the turned answer.

    what is known          record (fixes at their own times), tracks (rows of a clock)
    rules                  rules, earlier, regression; heard asks them all
    how far to trust       trials, weights, settled, mix, spread
    whole paths            shapes, members, together
    inside a record        gaps, bridges, left_out
    vectors of movers      describe, vectors
"""
