"""Which changes of a service are drawn on its charts, and their labels."""

from collections.abc import Iterable

from dashboard.changes.change import Kind
from dashboard.changes.known import KnownChange
from dashboard.charts.change_marks import ChangeMark
from dashboard.ui.text import change_text


def marks(changes: Iterable[KnownChange]) -> list[ChangeMark]:
    """The marks of changes; derived autoscaler steps have none."""
    return [
        ChangeMark(known.change.start, change_text.named(known), is_deploy=known.is_deploy)
        for known in changes
        if known.change.kind is not Kind.SCALING or not known.is_derived
    ]
