"""Reads and writes OpenSLO v1, and converts definitions of other tools; only `slo_files` reads files."""
