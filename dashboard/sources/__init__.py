"""The way in: whatever a source is, it answers the same queries on the same grids."""
