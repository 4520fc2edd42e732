"""How long resources last: peaks read beside the refreshes, judged every few minutes."""
