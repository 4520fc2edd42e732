"""How long resources last: peaks are read in the background and judged every few minutes."""
