"""Triage: an entry for each thing that needs somebody, with charts, causes and actions."""
