"""The review as a page and as a file: what they share."""
