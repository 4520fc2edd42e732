"""Action items as a table: of one incident, or the open ones of all; each is a link to where it is edited."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from html import escape
from urllib.parse import quote
from zoneinfo import ZoneInfo

from dashboard.incidents.people import ActionItem, by_urgency
from dashboard.ui.text import units
from dashboard.ui.text.units import NBSP

# This many in one list.
MOST = 100


def today(now: float, zone: str) -> date:
    """The day of a moment (epoch seconds) in a time zone."""
    return datetime.fromtimestamp(now, UTC).astimezone(ZoneInfo(zone)).date()


def day(due: date | None, now: date) -> str:
    """A day without its year where that is the present one: 27 Nov.

    Args:
        due: the day; None if none was set. `now`: today.
    """
    if due is None:
        return units.MISSING
    return f"{due.day}{NBSP}{due:%b}" + (f" {due.year}" if due.year != now.year else "")


def table(items: Sequence[ActionItem], now: date, of: Callable[[ActionItem], str] | None = None) -> str:
    """The table as HTML, open ones first.

    Args:
        items: any. `now`: today. `of`: the incident of an item as HTML; None if all are of one.
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
    """Where an item is edited, relative to the base path."""
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
