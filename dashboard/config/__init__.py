"""Configuration: TOML, environment and command line become frozen values; each problem names file, key and remedy."""
