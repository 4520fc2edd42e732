"""Services and objectives over HTTP: JSON, CSV and OpenSLO."""
