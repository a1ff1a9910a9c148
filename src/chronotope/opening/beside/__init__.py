"""What lies beside the values: sites, edges, notes, points of interest, variables known ahead."""
