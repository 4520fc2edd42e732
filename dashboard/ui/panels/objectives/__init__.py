"""Objectives: the list, one of them with all its numbers, and what another one would mean."""
