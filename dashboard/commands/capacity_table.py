"""The capacity report for a terminal: a line for each resource, the first to run out first."""

from dashboard.capacity.capacity import CapacityReport, ResourceCapacity
from dashboard.ui.text import capacity_text, units

HEADS = ("SERVICE", "RESOURCE", "USE", "PEAK", "HEADROOM", "FULL", "9 TIMES IN 10", "LOAD AT FULL", "STATE")


def capacity_table(report: CapacityReport) -> str:
    """All resources as columns; only the header if none is known."""
    rows = [HEADS, *map(_row, report.resources)]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return "".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() + "\n" for row in rows
    )


def _row(each: ResourceCapacity) -> tuple[str, ...]:
    cells = (
        each.title,
        each.resource,
        *(units.percent(share) for share in (each.now, each.peak, each.headroom)),
        capacity_text.full(each),
        capacity_text.between(each),
        capacity_text.load(each.load, each.traffic_now),
        capacity_text.URGENCY[each.urgency].word,
    )
    return tuple(units.plain(cell) for cell in cells)
