"""Panels as HTML or figures, of good, empty and hostile data."""

NOW = 1_760_000_000.0  # Thu 9 Oct 2025, 08:53:20 UTC
HOSTILE = '<script>alert("x")</script>'
