"""Panels: what a page is composed of, one module for each family of them."""
