"""Incidents in words: titles, timelines, suspects, and the post-mortem."""
