"""Ways: simulated tracks of objects - walkers, wanderers, drifters, storms, traffic on routes, players."""
