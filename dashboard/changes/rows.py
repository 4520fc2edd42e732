"""Reads changes from rows of a table, or JSON objects, with columns in common spellings."""

from collections.abc import Mapping
from typing import Any

from dashboard.changes import kinds, reading
from dashboard.changes.change import Change, Kind, Outcome
from dashboard.changes.reading import EventRefused

FILE = "file"
# Meaning of a column → its names, of which the first one present counts, without case, blanks and hyphens.
NAMES = {
    "time": "time timestamp at when date start started start_time started_at",
    "end": "end ended end_time ended_at finished finished_at time_end timeend",
    "text": "text title message summary description what name",
    "kind": "kind type event change",
    "service": "service app application service_name",
    "version": "version release tag revision",
    "environment": "environment env",
    "status": "status outcome result state",
    "link": "link url",
    "id": "id uid key",
    "tags": "tags labels",
}


def columns_of(header: Mapping[str, Any] | list[str]) -> dict[str, str]:
    """The file's name for each known column, by meaning.

    Raises:
        EventRefused: there is no column for the time, or none that says what changed.
    """
    written = {str(name).strip().casefold().replace(" ", "_").replace("-", "_"): str(name) for name in header}
    columns = {
        what: next(written[name] for name in names.split() if name in written)
        for what, names in NAMES.items()
        if any(name in written for name in names.split())
    }
    if "time" not in columns:
        raise EventRefused("there is no column of times: name one time")
    if columns.keys().isdisjoint(("text", "kind", "service", "version")):
        raise EventRefused("no column says what was changed: name one text, kind, service or version")
    return columns


def change_of(row: Mapping[str, Any], columns: Mapping[str, str]) -> Change:
    """The change in a row; identified by its id, else by its content.

    Args:
        row: values by the file's column names. `columns`: these names, by meaning.

    Raises:
        EventRefused: it has no time, or no content.
    """
    values = {what: row.get(name) for what, name in columns.items()}
    start = reading.moment(values.get("time"), columns["time"])
    if start is None:
        raise EventRefused(f"{columns['time']} is missing")
    words, service = reading.text(values.get("text")), reading.name(values.get("service"))
    version, kind = reading.name(values.get("version")), reading.name(values.get("kind"))
    if not (words or service or version or kind):
        raise EventRefused("it does not say what was changed")
    number = reading.name(values.get("id"))
    tags = values.get("tags")
    # In CSV cells tags are separated by commas, semicolons or blanks.
    tags = reading.tags(tags.replace(",", " ").replace(";", " ") if isinstance(tags, str) else tags)
    known = kinds.kind_of([f"kind:{kind}", *tags], words)
    return Change(
        sender=FILE,
        key=number or reading.digest(start, service, version, kind, words),
        kind=Kind.DEPLOY if known is Kind.OTHER and version and not kind else known,
        start=start,
        end=reading.moment(values.get("end"), columns.get("end", "end")),
        at=start,
        text=words or " ".join(filter(None, (kind.capitalize() or "Deployed", service, version))),
        outcome=kinds.outcome_of(values.get("status")) if values.get("status") else Outcome.UNKNOWN,
        service=service,
        version=version,
        environment=reading.name(values.get("environment")),
        tags=tags,
        links=reading.links(values.get("link")),
    )
