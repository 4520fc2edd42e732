"""What changed: told by senders, derived from the data, and suspected."""
