"""Alerts from other tools, read in the background."""
