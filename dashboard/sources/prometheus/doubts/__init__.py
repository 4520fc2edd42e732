"""What makes the numbers of a service doubtful, and what to do about it."""
