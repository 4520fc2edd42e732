"""What is connected, how well it answers, and what each query costs."""

from collections.abc import Iterator, Sequence
from html import escape

from dashboard.engine.snapshot import ServiceReport, Snapshot
from dashboard.engine.source_status import SourceState, SourceStatus
from dashboard.notifications.dispatcher import Dispatcher
from dashboard.ui.text import source_text, tab_text, units
from dashboard.ui.text.incidents import notification_text
from dashboard.ui.text.status_text import status
from dashboard.ui.theme import alive, chip, take_table

# A longer query is collapsed.
LONG = 600
# How many services are named beside a note that applies to more.
NAMED = 5


def summary(snapshot: Snapshot, now: float) -> str:
    """The source as one card, as HTML."""
    source = snapshot.source
    facts = "".join(f'<span class="fact">{name}<b>{value}</b></span>' for name, value in _facts(snapshot, now))
    # "demo, embedded demo" would be redundant.
    kind, where = (
        (source.where.capitalize(), "") if source.kind in source.where.split() else (source.kind, source.where)
    )
    return (
        f'<div class="gs-card gs-{status(source.state).colour}"><div class="row"><span><h2>{escape(kind)}</h2> '
        f'<span class="gs-second">{escape(where)}</span></span>{chip(source.state)}</div>'
        f'<div class="row" style="margin-top:10px">{facts}</div>{_error(source, now, snapshot.time_zone)}'
        f"{alive(snapshot, now, tab=tab_text.of_source(snapshot))}</div>"
    )


def _facts(snapshot: Snapshot, now: float) -> Iterator[tuple[str, str]]:
    """Names and values of everything known about the source."""
    source, missing = snapshot.source, units.MISSING
    answered = None if source.answered is None else now - source.answered
    yield "Newest sample", missing if source.newest is None else f"{units.duration(source.age(now))} ago"
    yield "Last answer", missing if answered is None else f"{units.duration(answered)} ago"
    yield "Services", units.count(len(snapshot.services))
    yield "Series", units.count(source.series)
    # Other sources have no rows, and "0 bad rows" would suggest that they were checked.
    if source.kind == "csv":
        yield "Rows read", units.count(source.rows)
        yield "Bad rows", units.count(source.bad_rows)
    yield "Refreshes", f"{units.count(source.ticks)} · failed {units.count(source.failures)}"
    yield "Last refresh took", units.latency(source.tick_seconds)


def _error(source: SourceStatus, now: float, zone: str) -> str:
    """What is wrong and what to do, otherwise the last error; empty without one.

    Args:
        source: its status. `now`: epoch seconds. `zone`: the time zone of the page.
    """
    if source_text.is_about_files(source):
        # The problems list which ones, and why.
        return f"<p><b>{escape(units.sentence(source_text.number_left_out(source)))}</b></p>"
    if source_text.message(source):
        # A message of a source that answers needs no action.
        remedy = source_text.REMEDIES.get(source.error_kind or "", "") if source.state is not SourceState.OK else ""
        return f"<p><b>{escape(source_text.sentence(source, zone))}</b> {remedy}</p>"
    if source.last_error and source.last_error_at is not None:
        ago = units.duration(now - source.last_error_at)
        return f'<p class="gs-second">Last error, {ago} ago: {escape(source.last_error)}</p>'
    return ""


def problems(snapshot: Snapshot) -> str:
    """Problems that did not stop the source, each with its place, as HTML."""
    source = snapshot.source
    rows = [("source", note) for note in source.further_notes]
    rows += [(problem.where, problem.what) for problem in dict.fromkeys((*source.left_out, *source.problems))]
    every = source.further_bad_kinds
    kinds = every[: source_text.KINDS_SHOWN]
    rows += [(kind.where, f"{_rows(kind.rows)}: {kind.what}") for kind in kinds]
    if more := len(every) - len(kinds):
        rows.append(("source", f"bad rows of {more:,} more kinds"))
    # A note that applies to many services is shown once.
    services: dict[str, list[str]] = {}
    for report in snapshot.services:
        for note in report.info.notes:
            services.setdefault(note, []).append(report.title)
    rows += [(_listed(titles), note) for note, titles in services.items()]
    cells = [(f'<td class="l">{_query(place)}</td>', _left(text)) for place, text in rows]
    absent = "No other problems." if source.error or source.trouble else "No problems."
    return _table(("Where", "What"), cells, "problems", absent=absent)


def files(snapshot: Snapshot) -> str:
    """The detected formats of the files, as HTML; empty for a source without files."""
    rows = [(_left(_listed(alike.names)), _left(alike.what), _left(alike.remedy)) for alike in snapshot.source.files]
    table = _table(("File", "Read as", "Otherwise"), rows, "files", absent="")
    return f'<h2 class="gs-part">Files</h2>{table}' if rows else ""


def _rows(number: int) -> str:
    return "bad row" if number == 1 else f"{number:,} bad rows, of which this is the first"


def _listed(titles: Sequence[str]) -> str:
    """Some of many names, for example of the services of a note, and the number of others."""
    more = len(titles) - NAMED
    return ", ".join(titles) if more <= 1 else f"{', '.join(titles[:NAMED])} and {more} more"


def services(snapshot: Snapshot) -> str:
    """How each service is read, as HTML."""
    reports = sorted(snapshot.services, key=lambda report: report.title)
    rows = [
        (f'<td title="{escape(report.title)}">{escape(report.title)}</td>', *map(_left, _service(report)))
        for report in reports
    ]
    heads = ("Service", "Preset", "Latency buckets", "Breakdowns", "Saturation")
    return _table(heads, rows, "services", absent="No services yet.")


def _service(report: ServiceReport) -> Iterator[str]:
    info = report.info
    resources = (
        f"{resource.name} (unverified)" if resource.unverified else resource.name for resource in info.resources
    )
    yield info.preset or "none"
    yield _buckets(len(info.bounds), info.threshold)
    yield ", ".join(info.labels) or "none"
    yield ", ".join(resources) or "none"


def _buckets(number: int, threshold: float | None) -> str:
    if not threshold:
        return "none"
    return f"{number} {'bucket' if number == 1 else 'buckets'}, threshold {units.latency(threshold)}"


def notifications(dispatcher: Dispatcher | None) -> str:
    """The status of notifications, as HTML; empty without receivers."""
    if dispatcher is None:
        return ""
    rows = [
        tuple(
            map(_left, (status.name, status.kind, notification_text.counts(status), notification_text.problem(status)))
        )
        for status in dispatcher.status()
    ]
    heads = ("Receiver", "Kind", "Notifications", "Problem")
    problem = f"<p><b>{escape(dispatcher.problem)}</b></p>" if dispatcher.problem else ""
    table = _table(heads, rows, "notifications", absent="")
    return f'<h2 class="gs-part">Notifications in the last month</h2>{problem}{table}'


def queries(snapshot: Snapshot) -> str:
    """The queries of the last refresh, slowest first, as HTML."""
    rows = [
        (
            _left(cost.purpose),
            f'<td class="q">{_query(cost.query)}</td>',
            f"<td>{units.latency(cost.seconds)}</td>",
            f"<td>{units.size(cost.bytes)}</td>",
            f"<td>{units.count(cost.series)}</td>",
            f"<td>{units.count(cost.points)}</td>",
        )
        # The slowest query is the most interesting one.
        for cost in sorted(snapshot.source.costs, key=lambda cost: -cost.seconds)
    ]
    return _table(("Purpose", "Query", "Time", "Size", "Series", "Points"), rows, "queries", absent="No queries yet.")


def _query(text: str) -> str:
    """A query; a long one is collapsed."""
    if len(text) <= LONG:
        return escape(text)
    return (
        f"<details><summary>{escape(text[:LONG])}<i aria-hidden='true'> …</i></summary>{escape(text[LONG:])}</details>"
    )


def _left(text: str) -> str:
    return f'<td class="l">{escape(text)}</td>'


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]], file: str, *, absent: str) -> str:
    """A table as HTML, or a sentence if it has no rows.

    Args:
        heads: names of the columns. `rows`: cells of each row, as HTML.
        file: the name under which it can be downloaded.
        absent: the sentence.
    """
    if not rows:
        return f'<div class="gs-empty">{absent}</div>'
    left = ' style="text-align:left"'
    # Text columns are left-aligned, numbers right-aligned.
    words_only = {name for place, name in enumerate(heads) if 'class="' in rows[0][place]}
    head = "".join(f"<th{left if name in words_only else ''}>{name}</th>" for name in heads)
    body = "".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    # On a phone, a row of words becomes a block: side by side, each cell would have room for a few letters.
    kind = "gs-table words" if len(words_only) == len(heads) else "gs-table"
    table = f'<table class="{kind}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    return f'<div class="gs-card"><div class="gs-scroll">{table}</div>{take_table(file)}</div>'
