"""OpenSLO v1 in and out, and definitions of other tools converted to it; only `slo_files` reads files."""
