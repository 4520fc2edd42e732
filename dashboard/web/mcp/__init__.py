"""Read-only tools over the Model Context Protocol: what pages show, in answers of at most 4 kB."""
