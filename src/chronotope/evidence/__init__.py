"""Evidence: what the data themselves say of what is asked, before any network; floors and tokens both read it.

    series, masks --past, phases--> repetitions --candidates--> answers at tried and asked cells --trials--> errors

`candidates.CANDIDATES` are the rules in their order, one file each; `candidates.evidence.gather` asks them all.

    the frame of a question    clock, series, neighbours, past, phases, cells
    trying                     case, trials, mix, simplex, own (what belongs to an object is told by its own reports)
    rules of several uses      departures, trend, proportion, regression, distributions, lines (sharp periods), routes (lags)
    places                     variogram, kriging, spacetime, profiles (along depth); scan (clusters of events)

One room for each kind of evidence that answers by itself: between/ (places never seen), gaps/, counts/, flow/ (fields that move),
fine/ (inside cells), motion/ (objects), describe/ (vectors of series).
"""
