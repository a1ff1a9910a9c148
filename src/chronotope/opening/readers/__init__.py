"""Readers: one file format family per file, each with `matches(path) -> bool` and `read(path, options) -> Field`."""
