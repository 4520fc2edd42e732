"""Further parts of an incident's page: services that moved together, and action items."""

from collections.abc import Mapping, Sequence
from html import escape
from urllib.parse import quote

from dashboard.engine.snapshot import Snapshot
from dashboard.incidents.incident import Edge, Impact
from dashboard.incidents.people import ActionItem
from dashboard.incidents.record import Record
from dashboard.ui.panels.incidents import action_items, dependency_map, incident_chart
from dashboard.ui.text import moments, units
from dashboard.ui.text.change_text import length
from dashboard.ui.text.incidents import incident_text

# Maximum number of listed services, and of calls between them.
MOST = 20
TOGETHER = "Services that moved together"
NO_ITEM = "No action item yet: what would have made this shorter, cheaper or impossible?"


def scrolled(name: str, heads: Sequence[tuple[str, str]], rows: str) -> str:
    """A table that may be wider than its card, as HTML.

    Args:
        name: for screen readers. `heads`: name and class of each column. `rows`: as HTML.
    """
    cells = "".join(f'<th class="{kind}">{head}</th>' for head, kind in heads)
    return (
        f'<div class="gs-scroll" tabindex="0" role="region" aria-label="{escape(name)}"><table class="gs-table">'
        f"<thead><tr>{cells}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def together(record: Record, zone: str) -> str:
    """Services that moved together, in order of time, and the calls between them, as HTML.

    Args:
        record: the incident. `zone`: the time zone of the page.
    """
    impacts = {impact.service: impact for impact in reversed(record.incident.impacts)}
    order = [impacts[service] for service in record.incident.services][:MOST]
    rows = "".join(_moved(record, order, impact, zone) for impact in order)
    heads = (("Order", "l"), ("Service", "l"), ("What moved", "l"), ("Ratio", ""), ("Course", "l"))
    count = len(record.incident.services)
    which = "who moved first" if count > 1 else "no other service moved with it"
    drawn = dependency_map.dependency_map(record.incident, record.titles, zone)
    body = scrolled(TOGETHER, heads, rows) + drawn + _calls(record.incident.edges, record)
    return card(TOGETHER, f'<span class="m end">{which}</span>', body)


def card(title: str, head: str, body: str) -> str:
    """A card as HTML.

    Args:
        title: of the card. `head`: as HTML, beside the title. `body`: as HTML.
    """
    return f'<div class="gs-card"><div class="gs-cardhead"><h2>{title}</h2>{head}</div>{body}</div>'


def _moved(record: Record, order: Sequence[Impact], impact: Impact, zone: str) -> str:
    later = impact.start - order[0].start
    when = "within the same step" if later == 0 else f"{length(later)} later"
    if impact is order[0]:
        when = f"<b>first, {moments.clock_time(impact.start, zone)}</b>"
    link = f"service?service={quote(impact.service, safe='')}"
    return (
        f'<tr data-key="{escape(impact.service)}"><td class="l">{when}</td>'
        f'<td class="l"><a href="{link}" target="_self">{escape(record.title_of(impact.service))}</a></td>'
        f'<td class="l">{incident_text.words(impact).course}</td><td>{units.percent(impact.ratio)}</td>'
        f'<td class="l">{incident_chart.small(order, impact)}</td></tr>'
    )


def _calls(edges: Sequence[Edge], record: Record) -> str:
    """Calls between the services, most failures first; or that there is no service graph."""
    if len(record.incident.services) < 2:
        return ""
    if not edges:
        return '<p class="gs-foot">Without a service graph it is unknown who calls whom: they only moved together.</p>'
    listed = sorted(edges, key=lambda edge: (-(edge.failed or 0.0), -edge.requests))[:MOST]
    heads = (("Calls", "l"), ("Requests", ""), ("Failed", ""))
    rows = "".join(_call(edge, record) for edge in listed)
    return scrolled("Calls between them", heads, rows)


def _call(edge: Edge, record: Record) -> str:
    names = " → ".join(escape(record.title_of(service)) for service in (edge.caller, edge.callee))
    share = None if edge.failed is None or not edge.requests else edge.failed / edge.requests
    return f'<tr><td class="l">{names}</td><td>{units.short(edge.requests)}</td><td>{units.percent(share)}</td></tr>'


def items(snapshot: Snapshot, record: Record) -> str:
    """The action items of an incident, and a link to add one, as HTML.

    Args:
        snapshot: has the time and the zone. `record`: the incident.
    """
    done = sum(item.is_done for item in record.items)
    count = f"{done} of {len(record.items)} done" if record.items else ""
    add = f"incidents?incident={quote(record.incident.id, safe='')}&item=new"
    today = action_items.today(snapshot.at, snapshot.time_zone)
    body = action_items.table(record.items, today) if record.items else f'<p class="gs-foot">{NO_ITEM}</p>'
    head = f'<span class="m end">{count}</span><span class="v"><a href="{add}" target="_self">Add</a></span>'
    return card("Action items", head, body)


def open_items(snapshot: Snapshot, items: Sequence[ActionItem], titles: Mapping[str, str]) -> str:
    """Open action items of all incidents, earliest due date first, as HTML; empty without any.

    Args:
        snapshot: has the time and the zone. `items`: the items of all incidents. `titles`: of incidents by their ids.
    """
    still = [item for item in items if not item.is_done]
    if not still:
        return ""
    today = action_items.today(snapshot.at, snapshot.time_zone)
    late = sum(item.is_late(today) for item in still)
    count = f"{len(still)} open{f', {late} late' if late else ''}"

    def of(item: ActionItem) -> str:
        link = f"incidents?incident={quote(item.incident, safe='')}"
        return f'<a href="{link}" target="_self">{escape(titles.get(item.incident, item.incident))}</a>'

    return card("Open action items", f'<span class="m end">{count}</span>', action_items.table(still, today, of))
