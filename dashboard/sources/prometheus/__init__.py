"""Prometheus and all that speak its API."""
