"""Action items as a table, of one incident or the open ones of all; each links to its form."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from html import escape
from urllib.parse import quote
from zoneinfo import ZoneInfo

from dashboard.incidents.people import ActionItem, by_urgency
from dashboard.ui.text import units
from dashboard.ui.text.units import NBSP

# Maximum number in a list.
MOST = 100


def today(now: float, zone: str) -> date:
    """The date of a time (epoch seconds) in a time zone."""
    return datetime.fromtimestamp(now, UTC).astimezone(ZoneInfo(zone)).date()


def day(due: date | None, now: date) -> str:
    """A date without its year if it is the current one: 27 Nov.

    Args:
        due: the date; None if not set. `now`: today.
    """
    if due is None:
        return units.MISSING
    return f"{due.day}{NBSP}{due:%b}" + (f" {due.year}" if due.year != now.year else "")


def table(items: Sequence[ActionItem], now: date, of: Callable[[ActionItem], str] | None = None) -> str:
    """The table as HTML, open ones first.

    Args:
        items: to list. `now`: today. `of`: the incident of an item as HTML; None if all belong to one.
    """
    listed = by_urgency(items)
    heads = ("What", *(["Incident"] if of is not None else []), "Owner", "Due", "State")
    cells = "".join(f'<th class="l">{head}</th>' for head in heads)
    rows = "".join(_row(item, now, of) for item in listed[:MOST])
    more = f'<div class="gs-foot">and {len(listed) - MOST} more</div>' if len(listed) > MOST else ""
    return (
        f'<div class="gs-scroll" tabindex="0" role="region" aria-label="Action items"><table class="gs-table gs-items">'
        f"<thead><tr>{cells}</tr></thead><tbody>{rows}</tbody></table></div>{more}"
    )


def address(item: ActionItem) -> str:
    """The address of the form of an item, relative to the base path."""
    return f"incidents?incident={quote(item.incident, safe='')}&item={quote(item.id, safe='')}"


def _row(item: ActionItem, now: date, of: Callable[[ActionItem], str] | None) -> str:
    late = item.is_late(now)
    state = '<b class="gs-green-text">✓ done</b>' if item.is_done else "○ open"
    state = '<b class="gs-red-text">▲ late</b>' if late else state
    incident = f'<td class="l">{of(item)}</td>' if of is not None else ""
    link = f'<a href="{escape(address(item))}" target="_self">{escape(item.text)}</a>'
    return (
        f'<tr data-key="{escape(item.id)}"><td class="l">{link}</td>{incident}'
        f'<td class="l">{escape(item.owner) or units.MISSING}</td>'
        f'<td class="l">{day(item.due, now)}</td><td class="l">{state}</td></tr>'
    )
