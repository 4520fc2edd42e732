"""Limits for requests from strangers, and warnings about exposure."""
