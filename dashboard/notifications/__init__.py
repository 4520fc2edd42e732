"""Incidents told to people and programs: once each, whatever dies meanwhile, and without delaying anything else."""
