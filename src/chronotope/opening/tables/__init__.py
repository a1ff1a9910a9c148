"""Tables, by their layout, to Fields."""
