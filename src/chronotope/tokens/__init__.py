"""Tokens: a question as what the network reads.

tokenizer, moving (objects)    patches of series with mask, clock, relations and what the evidence says
schema                         the name of every number in a token
partition, patches, tiling     which tokens are read together, and questions of any size in pieces
pooling                        rules that describe series, asked of a whole question
"""
