"""Parts of detect for tracks: how far fixes lie from what the rest tells, stretches and exchanges, events."""
