"""Follows files: each once, through renames, copies and replacements."""
