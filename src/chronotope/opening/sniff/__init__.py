"""What a file is, and how its text is written, by its first bytes and lines."""
