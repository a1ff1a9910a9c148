"""Alike: what vectors are for - which places are like this one, which kind each is, and how many kinds there are."""

from chronotope.tasks.alike.groups import adjusted_rand, cluster
from chronotope.tasks.alike.labels import classify
from chronotope.tasks.alike.neighbours import similar

__all__ = ["adjusted_rand", "classify", "cluster", "similar"]
