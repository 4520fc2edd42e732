"""The part of the dependency map around an incident: who calls whom, and which service moved first."""

from collections.abc import Iterable, Mapping
from html import escape
from urllib.parse import quote

from dashboard.charts.call_layers import Place, places
from dashboard.incidents.incident import Edge, Incident
from dashboard.ui.text import moments
from dashboard.ui.text.change_text import length

# Maximum number of drawn services; with more nothing would be legible.
MOST = 16
# Height of a row and minimum width of a column in pixels, and the share of a column that a box takes.
ROW, COLUMN, BOX = 58, 130, 0.74
# Calls with at least this share of failures are drawn as failing.
FAILING = 0.01


def dependency_map(incident: Incident, titles: Mapping[str, str], zone: str) -> str:
    """The map as HTML; empty without a service graph.

    Args:
        incident: with the edges between its services. `titles`: names of services, if they differ from their ids.
        zone: the time zone of the page.
    """
    if not incident.edges:
        return ""
    firsts = {impact.service: impact.start for impact in reversed(incident.impacts)}
    others = (name for edge in incident.edges for name in (edge.caller, edge.callee))
    services = list(dict.fromkeys((*incident.services, *others)))[:MOST]
    at = places(services, [(edge.caller, edge.callee) for edge in incident.edges])
    columns, rows = max(place.column for place in at.values()) + 1, max(place.rows for place in at.values())
    boxes = "".join(
        _box(titles.get(service, service), _when(firsts, service, zone), at[service], columns) for service in services
    )
    said = ", ".join(f"{edge.caller} calls {edge.callee}" for edge in incident.edges[:MOST])
    lines = "".join(
        f'<i class="{kind}" style="mask-image:url({_lines(edges, at, columns)})"></i>'
        for kind, edges in (("calls", incident.edges), ("failing", [edge for edge in incident.edges if _fails(edge)]))
    )
    return (
        f'<div class="gs-scroll" tabindex="0" role="region" aria-label="{escape(said)}">'
        f'<div class="gs-map" style="height:{rows * ROW}px;min-width:{columns * COLUMN}px">{lines}{boxes}</div></div>'
        '<p class="gs-foot">Callers stand left of those that they call; red lines carry calls that failed.</p>'
    )


def _fails(edge: Edge) -> bool:
    return bool(edge.failed and edge.requests and edge.failed / edge.requests >= FAILING)


def _when(firsts: Mapping[str, float], service: str, zone: str) -> tuple[str, str]:
    """A CSS class, and when the service moved."""
    start = firsts.get(service)
    if start is None:
        return "calm", "did not move"
    first = min(firsts.values())
    if start == first:
        return "first", f"first, {moments.clock_time(start, zone)}"
    return "moved", f"{length(start - first)} later"


def _centre(place: Place, columns: int) -> tuple[float, float]:
    """The centre of a box, as shares of width and height, 0–1."""
    return (place.column + 0.5) / columns, (place.row + 0.5) / place.rows


def _box(title: str, when: tuple[str, str], place: Place, columns: int) -> str:
    x, y = _centre(place, columns)
    kind, words = when
    name = escape(title)
    return (
        f'<span class="{kind}" style="left:{x:.2%};top:{y:.2%};width:{BOX / columns:.2%}" title="{name}">'
        f"<b>{name}</b>{words}</span>"
    )


def _lines(edges: Iterable[Edge], at: Mapping[str, Place], columns: int) -> str:
    """Calls as curves on 1000 × 1000 units, as a data URI: from the right of the caller to the left of the callee."""
    paths = []
    for edge in edges:
        if edge.caller not in at or edge.callee not in at:
            continue
        (x1, y1), (x2, y2) = (_centre(at[name], columns) for name in (edge.caller, edge.callee))
        x1, x2 = x1 + BOX / columns / 2, x2 - BOX / columns / 2
        middle = (x1 + x2) / 2
        points = [round(1000 * value) for value in (x1, y1, middle, y1, middle, y2, x2, y2)]
        paths.append("M{},{}C{},{} {},{} {},{}".format(*points))
    stroke = "fill='none' stroke='red' stroke-width='1.5' vector-effect='non-scaling-stroke'"
    view = "viewBox='0 0 1000 1000' preserveAspectRatio='none'"
    svg = f"<svg xmlns='http://www.w3.org/2000/svg' {view}><path d='{''.join(paths)}' {stroke}/></svg>"
    return f"data:image/svg+xml,{quote(svg, safe='')}"
