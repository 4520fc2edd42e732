"""The client of the Prometheus API: connections, limits, errors, decoding."""
