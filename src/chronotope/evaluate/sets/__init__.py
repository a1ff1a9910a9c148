"""The data that models are scored on: held-out sets, yardsticks of every layout, and how a set is fetched, thinned and kept out."""
