"""What the caller said about the source."""
