"""The review of a period, worked out beside the refreshes."""
