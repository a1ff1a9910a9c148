"""Evidence: what the data themselves say of what is asked, before any network; floors and tokens both read it.

    series, masks --past, phases--> repetitions --candidates--> answers at tried and asked cells --trials--> errors

`candidates.CANDIDATES` are the rules in their order, one file each; `candidates.evidence.gather` asks them all.
"""
