"""The capacity report for a terminal: a line for each resource, the first to run out first."""

from dashboard.capacity.capacity import CapacityReport, ResourceCapacity
from dashboard.commands.text_table import table_lines
from dashboard.ui.text import capacity_text, units

HEADS = ("SERVICE", "RESOURCE", "USE", "PEAK", "HEADROOM", "FULL", "9 TIMES IN 10", "LOAD AT FULL", "STATE")


def capacity_table(report: CapacityReport) -> str:
    """All resources as columns; only the header if none is known."""
    return "".join(f"{line}\n" for line in table_lines([HEADS, *map(_row, report.resources)]))


def _row(each: ResourceCapacity) -> tuple[str, ...]:
    return (
        each.title,
        each.resource,
        *(units.percent(share) for share in (each.now, each.peak, each.headroom)),
        capacity_text.full(each),
        capacity_text.between(each),
        capacity_text.load(each.load, each.traffic_now),
        capacity_text.URGENCY[each.urgency].word,
    )
