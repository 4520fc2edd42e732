"""Incidents of a source: derived in the background, kept when they are over."""
