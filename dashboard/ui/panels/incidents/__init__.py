"""Incidents: the list, one of them with its timeline, and what people add."""
