"""One file per task: all its floors on one split of a field, as a table (`chronotope.evaluate.protocols.floors`)."""
