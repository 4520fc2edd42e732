"""Definitions of other tools as SLOs; pure: nodes in, SLOs out."""
