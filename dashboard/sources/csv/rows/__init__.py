"""Processes rows: checks them, moves them to the end of their interval, and counts them in tables."""
