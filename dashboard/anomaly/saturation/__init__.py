"""When a resource will be full: which level rises, how fast and since when, and its daily profile."""
