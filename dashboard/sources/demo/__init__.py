"""The embedded demo: services generated from a seed."""
