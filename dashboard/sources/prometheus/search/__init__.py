"""Searches a server: its series, the presets that match them, and the labels with failures."""
