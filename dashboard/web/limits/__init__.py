"""How much strangers may ask, and what is said of it."""
