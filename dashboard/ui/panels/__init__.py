"""Panels: the parts that pages are composed of, one module for each family."""
