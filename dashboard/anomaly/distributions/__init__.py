"""Probabilities of counts and of Student's t: tails that are accurate far out, and their quantiles."""
