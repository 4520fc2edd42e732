"""The way in: whatever a source is, it answers the same questions on the same grids."""
