"""Findings about data: pure functions on datasets, arrays and stamps, which know no Field."""
