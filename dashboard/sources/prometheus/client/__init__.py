"""The client of the Prometheus API: connections, limits, errors and decoding."""
