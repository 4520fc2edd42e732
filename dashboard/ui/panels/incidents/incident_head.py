"""The head of an incident: title, severity, start and end, and the four most important numbers."""

from collections.abc import Iterator
from html import escape
from urllib.parse import quote

from dashboard.engine.snapshot import Snapshot
from dashboard.incidents.course import shape
from dashboard.incidents.incident import Correctable, Severity
from dashboard.incidents.record import Record
from dashboard.ui.panels.wall.wall import banner
from dashboard.ui.text import moments, tab_text, units
from dashboard.ui.text.change_text import length
from dashboard.ui.text.incidents import incident_text
from dashboard.ui.text.incidents.incident_text import SEVERITY, rounded
from dashboard.ui.text.status_text import status
from dashboard.ui.theme import alive, chip


def head(snapshot: Snapshot, record: Record, now: float) -> str:
    """Title, state and actions as HTML.

    Args:
        snapshot: the newest one. `record`: the incident. `now`: epoch seconds.
    """
    incident, zone, source = record.incident, snapshot.time_zone, snapshot.source
    title = incident_text.shown_title(record, snapshot.at)
    state = incident_text.state(incident, has_ended=source.data_end is not None)
    tab = tab_text.of_incident(title, snapshot, is_open=incident.is_open)
    return (
        f'<div class="gs-crumb"><a href="incidents" target="_self">Incidents</a> / {escape(incident.id)}'
        f'<span class="right"><i class="gs-dot gs-{status(source.state).colour}"></i>'
        f"<b>{units.age(source.age(now))}</b> · {escape(moments.clock(now, zone))}</span></div>"
        f'<div class="gs-title"><h1>{escape(title)}</h1></div>{_derived(snapshot, record)}'
        f'<div class="gs-incline">{chip(SEVERITY[incident.severity])}{chip(state)}'
        f'<span class="gs-second">{" · ".join(_facts(snapshot, record))}</span>{_acts(incident.id)}</div>'
        f"{banner(snapshot, now)}{alive(snapshot, now, tab=tab)}"
    )


def _derived(snapshot: Snapshot, record: Record) -> str:
    """The derived title if a person gave another one; else empty."""
    correction = record.correction(Correctable.TITLE)
    if correction is None:
        return ""
    said = f"Title by {correction.person or 'somebody'}; derived: {incident_text.title(record, snapshot.at)}"
    return f'<p class="gs-third gs-derived">{escape(said)}</p>'


def _facts(snapshot: Snapshot, record: Record) -> Iterator[str]:
    zone, main, now = snapshot.time_zone, record.main, snapshot.at
    # If the data ended, perhaps years ago, the year is always shown.
    yield f"<b>{escape(incident_text.when(record, zone, now if snapshot.source.data_end is None else 0.0))}</b>"
    if (quiet := _quiet(snapshot, record)) is not None:
        yield f"<b>{quiet}</b>, over once that lasts"
    if (first := record.acknowledgement) is not None:
        clock = moments.exact(first.at, zone, now) if first.at - record.moments.start > 86_400 else None
        at = clock or moments.clock_time(first.at, zone)
        yield f"acknowledged by {escape(first.person or 'somebody')} at {at} <em>(name as given)</em>"
    else:
        yield "nobody acknowledged it"
    yield f"objective {units.objective(main.objective)} over {incident_text.windows(main.window_s)}"
    if record.incident.is_frozen:
        yield "kept facts and counts: the source may have forgotten it"


def _quiet(snapshot: Snapshot, record: Record) -> str | None:
    """Since when an open incident has been quiet; None otherwise."""
    quiet = record.incident.quiet_since
    if quiet is None or record.moments.end is not None:
        return None
    return f"quiet since {moments.lately(quiet, snapshot.time_zone, snapshot.at)}"


def _acts(number: str) -> str:
    there = quote(number, safe="")
    paths = {name: f"api/v1/incidents/{there}/post-mortem?format={name}" for name in ("md", "html")}
    return (
        f'<span class="acts"><a class="gs-button" href="incidents?incident={there}&edit=1" target="_self">Edit</a>'
        f'<a class="gs-button" href="{paths["md"]}" download="post-mortem-{there}.md">Post-mortem as Markdown</a>'
        f'<a class="gs-button" href="{paths["html"]}" target="_blank" rel="noopener">as HTML</a>'
        f'<button type="button" class="gs-button" data-act="copy">Copy link</button></span>'
    )


def cards(snapshot: Snapshot, record: Record) -> str:
    """The cost, the share of the budget, the share before the detection, and the three times, as HTML."""
    parts = (_cost(snapshot, record), _budget(snapshot, record), _before_detection(record), _times(snapshot, record))
    return f'<div class="gs-incfacts">{"".join(parts)}</div>'


def _cost(snapshot: Snapshot, record: Record) -> str:
    main, times = record.main, record.moments
    said = incident_text.words(main)
    lasted = length(incident_text.until(record, snapshot.at) - times.start)
    usual = shape(main).before
    beside = f"; usual {units.percent(usual)}" if usual is not None else ""
    more = f", {rounded(incident_text.cost(main))} beyond it" if usual is not None else ""
    below = f"{units.percent(main.ratio)} of {units.short(main.valid)} in {lasted}{beside}{more}"
    fill = _bar([("server", main.ratio or 0.0)])
    return _card("Cost", f"{rounded(main.bad)} <small>{said.events}</small>", fill, below)


def _budget(snapshot: Snapshot, record: Record) -> str:
    main, times, is_open = record.main, record.moments, record.incident.is_open
    end = snapshot.at if times.end is None else times.end
    name = f"Share of the {incident_text.window(main.window_s)} error budget"
    share, left = main.budget_share, main.budget_left
    if share is None:
        return _card(name, units.MISSING, _bar([], none=True), "its share of the budget is unknown")
    if left is None:
        unknown = units.sentence(incident_text.left_unknown(main))
        return _card(name, units.percent(share), _bar([("red", share)]), escape(unknown))
    before = left + share
    # Meanwhile other failures have left the rolling window.
    about = "about " if end - times.start > main.window_s / 100 else ""
    below = f"{about}{units.percent(before)} left before, {units.percent(left)} {'now' if is_open else 'after'}"
    return _card(name, units.percent(share), _bar([("blue", left), ("red", share)]), below)


def _before_detection(record: Record) -> str:
    main, times = record.main, record.moments
    name = "Of which before detection"
    if times.to_detect is None:
        return _card(name, units.MISSING, _bar([], none=True), "no alert fired: nobody was notified")
    if main.bad_before_detection is None or not main.bad:
        return _card(name, units.MISSING, _bar([], none=True), "no alert of this objective fired")
    share = min(main.bad_before_detection / main.bad, 1.0)
    alert = "page" if record.incident.severity is Severity.PAGE else "first alert"
    below = f"{rounded(main.bad_before_detection)} in the {length(times.to_detect)} before the {alert}"
    return _card(name, units.share(share), _bar([("red", share), ("faint", 1 - share)]), below)


def _times(snapshot: Snapshot, record: Record) -> str:
    """The times to detection, acknowledgement and end, from the first bad step on, on one bar."""
    times, zone = record.moments, snapshot.time_zone
    every = (
        ("detected", "red", times.to_detect, times.detected, "not detected"),
        ("acknowledged", "amber", times.to_acknowledge, times.acknowledged, "not acknowledged"),
        ("recovered", "grey", times.to_recover, times.end, _quiet(snapshot, record) or "ongoing"),
    )
    numbers = "".join(
        f"<span><b>{_amount(seconds)}</b><em>{word} {moments.clock_time(at, zone)}</em></span>"
        if seconds is not None and at is not None
        else f'<span><b class="gs-third">{units.MISSING}</b><em>{missing}</em></span>'
        for word, _, seconds, at, missing in every
    )
    whole = (snapshot.at if times.end is None else times.end) - times.start
    pieces, reached = [], 0.0
    for _, colour, seconds, _, _ in every:
        end = min(whole if seconds is None and colour == "grey" else seconds or reached, whole)
        pieces.append((colour, max(end - reached, 0.0) / (whole or 1.0)))
        reached = max(end, reached)
    return (
        f'<div class="gs-card times"><span>Time to detect, acknowledge, recover</span>'
        f'<div class="three">{numbers}</div>{_bar(pieces)}</div>'
    )


def _amount(seconds: float) -> str:
    """A duration with a small unit."""
    number, _, unit = length(seconds).partition(units.NBSP)
    return f"{number} <small>{unit}</small>"


def _card(name: str, value: str, below_value: str, below: str) -> str:
    """A number as HTML.

    Args:
        name: above it. `value`: the number as HTML. `below_value`: its bar. `below`: its meaning.
    """
    return f'<div class="gs-card"><span>{name}</span><b>{value}</b>{below_value}<span>{below}</span></div>'


def _bar(parts: list[tuple[str, float]], *, none: bool = False) -> str:
    """A bar of coloured shares, 0–1 each; dashed without data.

    Args:
        parts: colour and share of each. `none`: there are no data.
    """
    if none:
        return '<div class="bar none"></div>'
    pieces = "".join(f'<i class="{colour}" style="width:{min(max(share, 0), 1):.2%}"></i>' for colour, share in parts)
    return f'<div class="bar">{pieces}</div>'


def impacts(snapshot: Snapshot, record: Record) -> str:
    """The cost for each objective as a table; empty for a single one, which the cards show."""
    every = record.incident.impacts
    if len(every) < 2:
        return ""
    heads = ("Service", "Objective", "Severity", "Began", "Lasted", "Bad events", "Ratio", "Of the budget")
    cells = "".join(f'<th class="{"l" if place < 3 else ""}">{name}</th>' for place, name in enumerate(heads))
    rows = "".join(_impact(snapshot, record, place) for place in range(min(len(every), 50)))
    return (
        '<div class="gs-card"><div class="gs-cardhead"><h2>What it cost</h2>'
        f'<span class="m">{len(every)} objectives of {_count(len(record.incident.services))}</span></div>'
        '<div class="gs-scroll" tabindex="0" role="region" aria-label="What it cost">'
        '<table class="gs-table gs-impacts">'
        f"<thead><tr>{cells}</tr></thead><tbody>{rows}</tbody></table></div></div>"
    )


def _count(number: int) -> str:
    return f"{number} service{'s' if number > 1 else ''}"


def _impact(snapshot: Snapshot, record: Record, place: int) -> str:
    impact = record.incident.impacts[place]
    end = snapshot.at if impact.end is None else impact.end
    shown = SEVERITY[impact.severity]
    service, slo = escape(record.title_of(impact.service)), escape(impact.slo)
    texts = (
        f'<a href="service?service={quote(impact.service, safe="")}" target="_self">{service}</a>',
        f'<a href="objectives?slo={quote(impact.slo, safe="")}" target="_self">{slo}</a>',
        chip(shown),
    )
    numbers = (
        moments.clock_time(impact.start, snapshot.time_zone),
        length(end - impact.start),
        f"{rounded(impact.bad)} of {units.short(impact.valid)}",
        units.percent(impact.ratio),
        units.percent(impact.budget_share),
    )
    cells = "".join(f'<td class="l">{text}</td>' for text in texts)
    return f'<tr data-key="{slo}">{cells}{"".join(f"<td>{number}</td>" for number in numbers)}</tr>'
