"""Tables of TOML, read strictly: every problem with its file, line, key and remedy."""
