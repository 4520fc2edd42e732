"""Formats of widely used tools: each is a small module here, and a row in `catalog`."""
