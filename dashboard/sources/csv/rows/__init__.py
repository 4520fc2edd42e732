"""Rows as numbers: checked, moved to the end of their interval, counted into tables."""
