"""Objectives: the list, a single one with all its numbers, and its alternatives."""
