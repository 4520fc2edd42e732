"""What a server knows beside signals: alerts, exemplars, service graphs, versions."""
