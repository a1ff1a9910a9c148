"""Numbers from what stands in the cells of a table."""
