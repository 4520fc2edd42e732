"""What the name of a column means."""
