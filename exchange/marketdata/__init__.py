"""What the public sees of the market, built from public events: the same everywhere it is shown."""
