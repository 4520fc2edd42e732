"""Incidents: the list, a single one with its timeline, and what people add."""
