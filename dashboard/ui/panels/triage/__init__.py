"""Triage: one entry for each thing that needs somebody, and what it is looked at with."""
