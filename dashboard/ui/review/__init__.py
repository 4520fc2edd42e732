"""The review as a page and as a file: their common parts."""
