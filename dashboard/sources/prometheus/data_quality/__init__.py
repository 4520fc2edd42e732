"""Checks whether the numbers of a service can be right."""
