"""Tables of limited size that only store intervals with rows."""
