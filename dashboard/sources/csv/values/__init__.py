"""Parses single values and columns: times, numbers with units."""
