"""Changes to keep."""

from typing import Any

from dashboard.changes.change import Change, Kind

NOW = 1_760_000_000.0


def change(key: str = "one", **fields: Any) -> Change:
    """A deploy of checkout, a minute ago."""
    defaults = {
        "sender": "grafana",
        "kind": Kind.DEPLOY,
        "start": NOW - 60,
        "at": NOW - 60,
        "text": "Deployed checkout 42",
    }
    return Change(**{**defaults, "key": key, **fields})
