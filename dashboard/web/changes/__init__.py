"""Changes in and out: senders, followed files, Grafana's API."""
