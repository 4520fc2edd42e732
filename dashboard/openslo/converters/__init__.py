"""Converts definitions of other tools to SLOs; pure: nodes in, SLOs out."""
