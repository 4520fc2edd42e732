"""Prometheus and servers with a compatible API."""
