"""Capacity: the table, its charts, and what a planned event would do."""
