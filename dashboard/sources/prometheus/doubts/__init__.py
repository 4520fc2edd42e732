"""Doubts about the numbers of a service, and what to do about them."""
