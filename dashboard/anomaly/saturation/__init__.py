"""Forecasts when a resource will be full: the trend of its level, and its daily profile."""
