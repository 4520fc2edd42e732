"""Detects doubts about the numbers of a service."""
