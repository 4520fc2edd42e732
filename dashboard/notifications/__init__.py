"""Notifies people and programs of incidents: once each despite crashes, and without delaying anything else."""
