"""From a timeWindow to a window: rolling, or periods of the calendar in a zone."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from dashboard.openslo.diagnostics import nearest, refuse, shown
from dashboard.openslo.duration_shorthand import Length, bounded, length, of_seconds
from dashboard.openslo.map_fields import Fields, chosen, raw
from dashboard.openslo.scope import Scope
from dashboard.openslo.yaml_nodes import Node, number_in
from dashboard.slo.windows import Calendar, Rolling, Unit, Window

FIRST = Calendar(Unit.DAY).anchor
STARTS = "%Y-%m-%d %H:%M:%S"
UNITS = {"second": "s", "minute": "m", "hour": "h", "day": "d", "week": "w", "month": "M", "quarter": "Q", "year": "Y"}
_WINDOW = ("duration", "isRolling", "calendar", "unit", "count")
_CALENDAR = ("startTime", "timeZone")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_EXAMPLE = "timeWindow: [{duration: 30d, isRolling: true}]"


def window(spec: Fields, scope: Scope) -> Window:
    """The window of an SLO."""
    stated = spec.required("timeWindow", _EXAMPLE)
    entries = spec.items("timeWindow")
    if len(entries) != 1:
        refuse(stated, f"holds {len(entries)} windows: an SLO has exactly one, such as {_EXAMPLE}")
    fields = scope.fields(entries[0], _WINDOW)
    size = _size(fields, scope)
    calendar = fields.optional("calendar")
    if not _is_rolling(fields, calendar, scope):
        return _periods(fields, size, calendar, scope)
    if calendar is not None:
        scope.diagnostics.note(calendar, "only the zone of it is looked at: the window is rolling")
    return _rolling(entries[0], size, calendar, scope)


def _size(fields: Fields, scope: Scope) -> Length:
    """Its length, as v1 writes it or as unit and count."""
    stated, unit = fields.optional("duration"), fields.optional("unit")
    if stated is not None or unit is None:
        return length(fields.required("duration", "duration: 30d"), scope.diagnostics, example="30d")
    if not scope.elder:
        scope.diagnostics.note(unit, "unit and count are read: openslo/v1 writes duration: 30d")
    count = fields.number("count", "30")
    whole = 1 if count is None else int(count)
    letter = chosen(unit, UNITS, scope.diagnostics)
    if count is not None and (whole != count or whole < 1):
        refuse(unit, f"{count:g} of them is no window: write a whole number above 0, such as 30")
    made = of_seconds(whole) if letter == "s" else Length(whole, letter)
    return bounded(made or Length(whole, letter), unit, example="30d")


def _is_rolling(fields: Fields, calendar: Node | None, scope: Scope) -> bool:
    stated = fields.flag("isRolling")
    if stated is None:
        known = "true" if calendar is None else "false"
        scope.diagnostics.note(fields.node, f"missing: read as isRolling: {known}, write that", "isRolling")
    return calendar is None if stated is None else stated


def _rolling(node: Node, size: Length, calendar: Node | None, scope: Scope) -> Window:
    seconds = size.seconds
    if seconds is None:
        stated = _zone(scope.fields(calendar, _CALENDAR), scope) if calendar is not None else scope.zone
        return Calendar(Unit(size.unit), size.count, stated, rolling=True)
    if size == Length(1, "m"):
        scope.diagnostics.note(node, "is one minute: a month is 1M", "duration")
    if seconds % 60:
        refuse(node, f"{size} is no window: the shortest unit is a minute; write for example 30d", "duration")
    return Rolling(float(seconds))


def _periods(fields: Fields, size: Length, calendar: Node | None, scope: Scope) -> Calendar:
    if size.unit == "m":
        scope.diagnostics.note(fields.node, f"{size} is read as {size.count}M: m is a minute, a month is M", "duration")
        size = bounded(Length(size.count, "M"), fields.node, example="1M")
    if size.unit not in tuple(Unit):
        refuse(fields.node, f"{size} is no period of the calendar: write days, weeks or months, such as 1M", "duration")
    if calendar is None:
        anchor = _assumed(fields.node, size, scope)
        return Calendar(Unit(size.unit), size.count, scope.zone, anchor)
    stated = scope.fields(calendar, _CALENDAR)
    named = _zone(stated, scope)
    start = stated.optional("startTime")
    anchor = _anchor(start, named, scope) if start is not None else _assumed(calendar, size, scope)
    return Calendar(Unit(size.unit), size.count, named, anchor)


def _assumed(node: Node, size: Length, scope: Scope) -> datetime:
    """Where nobody says when periods begin: single ones begin with the calendar's."""
    if size.count != 1:
        refuse(node, f"missing: say when one of the periods of {size} begins: '2026-01-01 00:00:00'", "startTime")
    scope.diagnostics.note(
        node, f"missing: periods of {size} are taken to begin with the calendar's, at midnight", "startTime"
    )
    return FIRST


def _zone(calendar: Fields, scope: Scope) -> str:
    stated = calendar.optional("timeZone")
    if stated is None:
        scope.diagnostics.note(calendar.node, f"missing: read as {scope.zone}, write the zone", "timeZone")
        return scope.zone
    return zone_of(stated, scope)


def zone_of(stated: Node, scope: Scope) -> str:
    """The IANA zone that a field names."""
    found = raw(stated)
    if _is_zone(found):
        return found
    zones = available_timezones()
    same = next((zone for zone in zones if zone.lower() == found.lower()), None)
    if same is None:
        refuse(
            stated, f"{shown(found)} is no IANA time zone{nearest(found, zones) or ': write for example Europe/Berlin'}"
        )
    scope.diagnostics.note(stated, f"is read as {same}: write it so")
    return same


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _anchor(node: Node, zone: str, scope: Scope) -> datetime:
    """The local time at which some period begins."""
    found = raw(node)
    made = _start(found, zone)
    if made is None or not 1971 <= made.year <= 2099:
        refuse(node, f"{shown(found)} is no start of a period: write for example '2026-01-01 00:00:00'")
    made = made.replace(microsecond=0)
    if found != made.strftime(STARTS):
        scope.diagnostics.note(node, f"{shown(found)} is read as {made.strftime(STARTS)}: write it so")
    return made


def _start(found: str, zone: str) -> datetime | None:
    if found.lower() in _WEEKDAYS:
        return FIRST + timedelta(days=_WEEKDAYS.index(found.lower()))
    if number_in(found) is not None:
        return None
    try:
        made = datetime.fromisoformat(found)
    except ValueError:
        return None
    if made.tzinfo is None or not 1971 <= made.year <= 2099:
        return made.replace(tzinfo=None)
    return made.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
