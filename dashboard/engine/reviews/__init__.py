"""The review of a period, computed in the background."""
