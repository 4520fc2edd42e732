"""The embedded demo: a seeded world of services."""
