"""Verbs about tracks, the ways of objects.

where they go            forecast (paths, also drawn), arrival (when, and which place is the next), carried (what their fixes carry)
where they were          gaps
what is odd, and why     detect, explain, whatif
what they are like       embed
"""
