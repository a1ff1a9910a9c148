"""chronotope: a foundation model for everything that happens somewhere, at some time."""
