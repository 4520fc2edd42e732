"""Incidents and what needs somebody, over HTTP."""
