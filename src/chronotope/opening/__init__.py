"""Opening: any source to a Field. What it is (sniff), which part of it is what (roles), and the Field made of it (build), each once."""
