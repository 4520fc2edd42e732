"""Probabilities of counts and of Student's t: tails that are right far out, and where a given tail begins."""
