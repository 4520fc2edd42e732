"""Incidents of a source: derived beside the refreshes, kept when they are over."""
