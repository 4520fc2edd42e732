"""Alerts of others, read beside the refreshes."""
