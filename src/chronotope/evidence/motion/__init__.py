"""Motion: where objects go next, as their own past and the tracks of others say; positions are complex numbers, east + i north.

    Tracks --rules, earlier, regression--> displacements at tried and asked moments --weights--> path --spread--> quantiles

Every rule turns with the scene: a turned scene has the turned answer.
"""
