"""When a resource will be full: what rises, how fast, since when, and the shape of the day on it."""
