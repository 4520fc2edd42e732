"""Notifies receivers of incidents and reviews."""
