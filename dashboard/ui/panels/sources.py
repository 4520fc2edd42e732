"""What is connected, how well it answers, and what each question costs."""

from collections.abc import Sequence
from html import escape

from dashboard.engine.snapshot import Snapshot
from dashboard.engine.source_status import SourceState
from dashboard.ui.text import source_text, units
from dashboard.ui.theme import alive

STATES = {
    SourceState.STARTING: ("◌", "starting", "grey"),
    SourceState.OK: ("✓", "connected", "green"),
    SourceState.STALE: ("▲", "stale", "amber"),
    SourceState.DOWN: ("✕", "down", "red"),
}
LONG = 600
REMEDIES = {
    "unavailable": "Check that the server runs and that the address and port are right; the dashboard tries again.",
    "timeout": "The server is too slow: raise source.timeout, or give it recording rules; the dashboard tries again.",
    "malformed": "Something between here and the server changes its answers, or the file is damaged.",
    "query": "The server refuses a query; it is shown with the message.",
    "limit": "The server allows less than was asked: raise its limit or shorten the span.",
    "auth": "Set source.bearer_token_file, source.username and source.password_file, or source.headers.",
    "endpoint": "The address answers, but not as a Prometheus API: check its path prefix.",
}


def summary(snapshot: Snapshot, now: float) -> str:
    """The source in one card."""
    source = snapshot.source
    shape, word, colour = STATES[source.state]
    error = ""
    if message := source_text.message(source):
        remedy = REMEDIES.get(source.error_kind or "", "") if source.state is not SourceState.OK else ""
        error = f"<p><b>{escape(message)}</b> {remedy}</p>"
    elif source.last_error and source.last_error_at is not None:
        ago = units.duration(now - source.last_error_at)
        error = f'<p class="gs-second">Last error, {ago} ago: {escape(source.last_error)}</p>'
    facts = (
        (
            "Newest sample",
            units.MISSING if source.newest is None else f"{units.duration(source.age(now))} ago",
        ),
        (
            "Last answer",
            units.MISSING if source.answered is None else f"{units.duration(now - source.answered)} ago",
        ),
        ("Services", units.count(len(snapshot.services))),
        ("Series", units.count(source.series)),
        ("Rows read", units.count(source.rows) if source.kind == "csv" else units.MISSING),
        ("Bad rows", units.count(source.bad_rows) if source.kind == "csv" else units.MISSING),
        ("Ticks, failed", f"{units.count(source.ticks)}, {units.count(source.failures)}"),
        ("Last tick took", units.latency(source.tick_seconds)),
    )
    cells = "".join(f'<span class="fact">{name}<b>{value}</b></span>' for name, value in facts)
    return (
        f'<div class="gs-card gs-{colour}"><div class="row"><span><h3>{escape(source.kind)}</h3> '
        f'<span class="gs-second">{escape(source.where)}</span></span>'
        f'<span class="gs-chip gs-{colour}"><i>{shape}</i> {word}</span></div>'
        f'<div class="row" style="margin-top:10px">{cells}</div>{error}{alive(snapshot.refresh, now)}</div>'
    )


def problems(snapshot: Snapshot) -> str:
    """Flaws that did not stop the source, each with its place."""
    source = snapshot.source
    rows = [("source", note) for note in source.notes]
    rows += [(problem.where, problem.what) for problem in source.problems]
    rows += [(report.name, note) for report in snapshot.services for note in report.info.notes]
    return _table(("Where", "What"), [(f'<td class="l">{_query(a)}</td>', _left(b)) for a, b in rows]) if rows else ""


def services(snapshot: Snapshot) -> str:
    """What was recognised of each service."""
    rows = []
    for report in sorted(snapshot.services, key=lambda report: report.name):
        info = report.info
        resources = ", ".join(
            resource.name + (" (unverified)" if resource.unverified else "") for resource in info.resources
        )
        threshold = f"{len(info.bounds)}, split at {units.latency(info.threshold)}" if info.threshold else "none"
        texts = (info.preset, threshold, ", ".join(info.labels) or "none", resources or "none")
        rows.append((f"<td>{escape(report.name)}</td>", *(_left(text) for text in texts)))
    return _table(("Service", "Recognised as", "Latency buckets", "Breakdowns", "Saturation"), rows) if rows else ""


def queries(snapshot: Snapshot) -> str:
    """The questions of the last tick, the dearest first."""
    costs = sorted(snapshot.source.costs, key=lambda cost: -cost.seconds)
    rows = [
        (
            _left(cost.purpose),
            f'<td class="q">{_query(cost.query)}</td>',
            f"<td>{units.latency(cost.seconds)}</td>",
            f"<td>{units.short(cost.bytes)}B</td>",
            f"<td>{units.count(cost.series)}</td>",
            f"<td>{units.count(cost.points)}</td>",
        )
        for cost in costs
    ]
    return _table(("Purpose", "Query", "Time", "Size", "Series", "Points"), rows) if rows else ""


def _query(text: str) -> str:
    """A query; one of unusual length opens on demand."""
    if len(text) <= LONG:
        return escape(text)
    return f"<details><summary>{escape(text[:LONG])} …</summary>{escape(text[LONG:])}</details>"


def _left(text: str) -> str:
    return f'<td class="l">{escape(text)}</td>'


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    left = ' style="text-align:left"'
    words_only = {name for place, name in enumerate(heads) if rows and 'class="' in rows[0][place]}
    head = "".join(f"<th{left if name in words_only else ''}>{name}</th>" for name in heads)
    body = "".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    table = f'<table class="gs-table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    return f'<div class="gs-card gs-scroll">{table}</div>'
