"""From answers to tables: sums that every metric is made of, groups, comparisons, saved runs."""
