"""What happened in a cluster, told: `timeline` reads it as plain values, the others show them."""
