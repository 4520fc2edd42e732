"""Incidents and triage over HTTP."""
