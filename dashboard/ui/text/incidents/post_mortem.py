"""A draft of a blameless post-mortem: what data and people said about an incident, in the usual order.

The draft of an incident is reproducible: it does not depend on the time at which it is made. Names of people are left
out of the story; what matters is what happened, and how it was possible.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from dashboard.incidents.course import shape
from dashboard.incidents.incident import Correctable, Impact, Severity
from dashboard.incidents.people import by_urgency
from dashboard.incidents.record import Record
from dashboard.oncall.explanation import Selection
from dashboard.ui.text import change_text, explanation_text, spending_text, units
from dashboard.ui.text.change_text import length
from dashboard.ui.text.incidents import incident_text, post_mortem_lessons, timeline_text
from dashboard.ui.text.incidents.incident_text import rounded
from dashboard.ui.text.incidents.post_mortem_lessons import FILL_IN
from dashboard.ui.text.incidents.post_mortem_moments import moment

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table: rows of texts, and their header."""

    heads: Row
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the draft: sentences, a list, a table; `blanks` are lines for people to fill in."""

    title: str
    sentences: Row = ()
    bullets: Row = ()
    table: Table | None = None
    blanks: Row = ()


@dataclass(frozen=True, slots=True)
class PostMortem:
    """The whole draft.

    Attributes:
        title: of the incident. `facts`: name and value of each, for its head.
    """

    title: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]


def post_mortem(record: Record, zone: str, now: float) -> PostMortem:
    """The draft for an incident.

    Args:
        record: the incident with everything known about it. `zone`: IANA name of the displayed time zone.
        now: epoch seconds, for an open incident; a closed one does not depend on it.
    """
    sections = (
        Section("Summary", tuple(_summary(record, zone, now))),
        _impact(record),
        *_spent(record, zone),
        _timeline(record, zone),
        _detection(record, zone),
        _factors(record, zone),
        *_lessons(record),
        _items(record),
        Section("How these numbers come about", bullets=tuple(_method(record, zone))),
    )
    return PostMortem(incident_text.shown_title(record, now), tuple(_facts(record, zone, now)), sections)


def _facts(record: Record, zone: str, now: float) -> Iterator[tuple[str, str]]:
    times, incident = record.moments, record.incident
    yield "Incident", incident.id
    under_way = incident_text.ONGOING if incident.quiet_since is None else incident_text.RECOVERING
    state = "over" if times.end is not None else under_way.word
    yield "Status", f"Draft, the incident is {state}"
    yield "Severity", incident_text.SEVERITY[incident.severity].word
    yield "Began", moment(times.start, zone)
    yield "Ended", moment(times.end, zone) if times.end is not None else f"not yet, as of {moment(now, zone)}"
    yield "Detected", _after(times.detected, times.to_detect, zone, "no alert fired")
    yield "Acknowledged", _after(times.acknowledged, times.to_acknowledge, zone, "nobody acknowledged it")
    yield "Services", ", ".join(record.title_of(service) for service in incident.services)
    yield "Authors", FILL_IN


def _after(at: float | None, seconds: float | None, zone: str, missing: str) -> str:
    """A time, and its distance from the start.

    Args:
        at: epoch seconds. `seconds`: since the start. `zone`: of times. `missing`: the text if the time is unknown.
    """
    return missing if at is None else f"{moment(at, zone)}, {length(seconds)} after the start"


def _summary(record: Record, zone: str, now: float) -> Iterator[str]:
    main, times = record.main, record.moments
    yield f"{incident_text.title(record, now)}."
    if times.end is None:
        quiet = record.incident.quiet_since
        goes_on = "and goes on" if quiet is None else f"and is quiet since {moment(quiet, zone)}"
        yield f"It began at {moment(times.start, zone)}, {goes_on}."
    else:
        yield f"It lasted from {moment(times.start, zone)} to {moment(times.end, zone)}, {length(times.to_recover)}."
    taken = "" if main.budget_share is None else f", {units.percent(main.budget_share)} of its error budget"
    said = incident_text.words(main)
    yield f"{main.slo}: {rounded(main.bad)} {said.events} of {units.short(main.valid)}{taken}."
    if main.budget_left is not None and main.budget_share is not None:
        before, left = units.percent(main.budget_left + main.budget_share), units.percent(main.budget_left)
        yield f"{before} of the budget was left before, {left} {'is left now' if times.end is None else 'after'}."
    elif main.budget_share is not None:
        yield units.sentence(incident_text.left_unknown(main))
    if record.cause is not None:
        change = change_text.title(record.cause, record.titles)
        yield f"Most likely cause: {change}, {moment(record.cause.change.start, zone)}."
    if record.way_out is not None:
        yield f"Before its end came: {change_text.title(record.way_out, record.titles)}."


def _impact(record: Record) -> Section:
    heads = (
        "Service", "Objective", "Bad events", "Of", "Ratio", "Usual", "Of the budget", "Missed for", "Before detection"
    )  # fmt: skip
    rows = tuple(_cost(record, impact) for impact in record.incident.impacts)
    return Section("Impact", table=Table(heads, rows), blanks=("What users noticed, and what it cost them.",))


def _cost(record: Record, impact: Impact) -> Row:
    before = "nothing fired" if impact.bad_before_detection is None else units.count(impact.bad_before_detection)
    return (
        record.title_of(impact.service),
        f"{impact.slo}, {units.objective(impact.objective)} over {incident_text.windows(impact.window_s)}",
        units.count(impact.bad),
        units.count(impact.valid),
        units.percent(impact.ratio),
        units.percent(shape(impact).before),
        units.percent(impact.budget_share),
        length(impact.seconds),
        before,
    )


def _spent(record: Record, zone: str) -> Iterator[Section]:
    """What spent the budget, as far as labels of the requests show; `zone`: of times."""
    spending = record.spending
    if spending is None:
        return
    heads = ("Selection", "Additional", "Share of the additional", "Ratio before", "Ratio during", "Of traffic")
    rows = tuple(map(_selected, spending_text.rows(spending.explanation)))
    yield Section(
        spending_text.title(is_over=True),
        tuple(spending_text.story(spending, zone)),
        table=Table(heads, rows) if rows else None,
    )


def _selected(selection: Selection) -> Row:
    return (
        explanation_text.selected(selection.labels) or spending_text.ALL_ELSE,
        units.count(selection.additional),
        units.share(selection.share_of_additional),
        units.percent(selection.usual_ratio),
        units.percent(selection.counts.ratio),
        units.share(selection.traffic_share),
    )


def _timeline(record: Record, zone: str) -> Section:
    lines = timeline_text.lines(record, zone, named=False)
    rows = tuple((moment(line.event.at, zone), line.offset, line.title, line.detail) for line in lines)
    return Section("Timeline", table=Table(("When", "From the start", "What", "More"), rows))


def _detection(record: Record, zone: str) -> Section:
    times, main = record.moments, record.main
    if times.detected is None:
        said = ["No alert fired. It is known from the spending of the error budget alone."]
    else:
        word = {Severity.PAGE: "page", Severity.TICKET: "ticket"}.get(record.incident.severity, "alert")
        said = [f"The first {word} fired {length(times.to_detect)} after the start, {moment(times.detected, zone)}."]
    if main.bad_before_detection is not None and main.bad:
        share = units.share(main.bad_before_detection / main.bad)
        events = incident_text.words(main).events
        said.append(f"{units.count(main.bad_before_detection)} {events} came before that: {share} of all.")
    if times.acknowledged is not None:
        said.append(f"It was acknowledged {length(times.to_acknowledge)} after the start.")
    return Section("Detection", tuple(said), blanks=("How it could have been noticed earlier.",))


def _factors(record: Record, zone: str) -> Section:
    return Section(
        "Contributing factors",
        bullets=tuple(post_mortem_lessons.factors(record, zone)),
        blanks=("What made it possible, and what let it last.",),
    )


def _lessons(record: Record) -> Iterator[Section]:
    for title, lessons, blank in (
        ("What went well", post_mortem_lessons.well(record), "What else helped."),
        ("What went badly", post_mortem_lessons.badly(record), "What else stood in the way."),
        ("Where we were lucky", post_mortem_lessons.luckily(record), "What could have made it worse, and did not."),
    ):
        yield Section(title, bullets=tuple(lessons), blanks=(blank,))


def _items(record: Record) -> Section:
    rows = tuple(
        (item.text, item.owner or units.MISSING, _day(item.due), "done" if item.is_done else "open")
        for item in by_urgency(record.items)
    )
    blanks = () if rows else ("What would have made it shorter, cheaper or impossible: who does it, and until when.",)
    return Section("Action items", table=Table(("What", "Owner", "Due", "State"), rows), blanks=blanks)


def _day(due: date | None) -> str:
    return units.MISSING if due is None else due.isoformat()


def _method(record: Record, zone: str) -> Iterator[str]:
    yield "The start is the first step of five minutes that spends more budget than usual; all times count from it."
    yield "Detection is the first alert that fired; the end is the first step after which the budget no longer burns."
    yield "Bad events are those that the indicator of the objective calls bad; usual is the ratio of the hour before."
    yield f"Times are in {zone}. The address of the incident: /incidents?incident={record.incident.id}"
    derived = {
        Correctable.START: record.incident.start,
        Correctable.END: record.incident.end,
        Correctable.DETECTION: record.incident.detected_at,
    }
    for field, before in derived.items():
        if record.correction(field) is not None:
            was = "nothing" if before is None else moment(before, zone)
            yield f"The {incident_text.FIELDS[field]} was corrected by a person; derived was {was}."
