"""Training: from worlds and real sets to weights with a card.

batches       corpus draws them from sources, sets, ways (tracks), views, coarse; batch, prefetch, shards
the corpus    builder, copies (what is left out), files
the loop      run, config, loop, checkpoint, distributed, log, growth
its plan      plan, scaling
what is learnt and how much of it moves stands in objectives/ and adapt/
"""
