"""Backbone: the network on tensors alone.

`network` joins blocks (`block`) of mixers (`mixers`); `shape` says of what size; `linear` and `half` are how it multiplies.
"""
