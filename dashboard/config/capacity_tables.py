"""[[planned_events]] and [prices]: more traffic that is known beforehand, and what a month of what is held costs."""

from datetime import datetime
from zoneinfo import ZoneInfo

from dashboard.capacity.planned import PlannedEvent
from dashboard.capacity.prices import Prices
from dashboard.toml import parsers
from dashboard.toml.place import Place
from dashboard.toml.reader import Parser, Reader, Values

_EVENT: dict[str, Parser] = {
    "name": parsers.text, "from": parsers.moment, "to": parsers.moment, "traffic": parsers.number,
    "services": parsers.texts,
}  # fmt: skip
_PRICES: dict[str, Parser] = {
    "currency": parsers.text, "core": parsers.number, "memory_gib": parsers.number, "disk_gib": parsers.number,
    "gpu": parsers.number,
}  # fmt: skip
_WANTED = {
    "name": "what people call it",
    "from": "when it begins, such as 2026-12-12T00:00:00",
    "to": "when it ends",
    "traffic": "the factor on the traffic that is expected, such as 1.3 for 30 % more",
}


def read_planned_events(data: Values, reader: Reader, *, zone: str) -> tuple[PlannedEvent, ...]:
    """Events of traffic that are planned; what is wrong is noted and left out.

    Args:
        data: the file, as `tomllib` gives it. `reader`: notes what is wrong.
        zone: IANA name, of times without an offset.
    """
    rows = reader.tables("planned_events", data, _EVENT)
    events = [_event(place, row, reader, ZoneInfo(zone)) for place, row in rows]
    return tuple(event for event in events if event is not None)


def _event(place: Place, row: Values, reader: Reader, zone: ZoneInfo) -> PlannedEvent | None:
    if reader.is_missing(place, row, _WANTED):
        return None
    start, end = (_seconds(row[key], zone) for key in ("from", "to"))
    if end <= start:
        reader.problem(place.inside("to"), "lies before from: an event ends after it begins")
        return None
    return PlannedEvent(row["name"], start, end, row["traffic"], row.get("services", ()))


def _seconds(moment: datetime, zone: ZoneInfo) -> float:
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)).timestamp()


def read_prices(data: Values, reader: Reader) -> Prices:
    """What a month of a core, a GPU, and a GiB of memory or disk costs; empty if the file does not say.

    Args:
        data: the file, as `tomllib` gives it. `reader`: notes what is wrong.
    """
    place = reader.place.inside("prices")
    row = reader.table(place, data.get("prices", {}), _PRICES)
    if "prices" in data and reader.is_missing(place, row, {"currency": 'what prices are in, such as "€"'}):
        return Prices()
    return Prices(row.pop("currency", ""), row)
