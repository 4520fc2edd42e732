"""Tells receivers of incidents and of reviews."""
