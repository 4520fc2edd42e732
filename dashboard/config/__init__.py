"""TOML, environment and command line become frozen values; each problem names file, line, key and remedy."""
