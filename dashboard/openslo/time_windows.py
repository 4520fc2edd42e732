"""Converts a timeWindow to a window: rolling, or calendar periods in a time zone.

https://github.com/OpenSLO/OpenSLO/tree/main#slo
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from dashboard.openslo.diagnostics import excerpt, reject, suggestion
from dashboard.openslo.duration_shorthand import Duration, check_length, duration_of, read_duration
from dashboard.openslo.map_fields import Fields, read_keyword, scalar_text
from dashboard.openslo.scope import Scope
from dashboard.openslo.yaml_nodes import Node, parse_number
from dashboard.slo.windows import Calendar, Rolling, Unit, Window

# A Monday and the first day of a year, so that every calendar unit has a period that begins then.
DEFAULT_START = Calendar(Unit.DAY).anchor
START_FORMAT = "%Y-%m-%d %H:%M:%S"
_EXAMPLE_START = "'2026-01-01 00:00:00'"
_UNITS = {"second": "s", "minute": "m", "hour": "h", "day": "d", "week": "w", "month": "M", "quarter": "Q",
          "year": "Y"}  # fmt: skip
_WINDOW = ("duration", "isRolling", "calendar", "unit", "count")
_CALENDAR = ("startTime", "timeZone")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_EXAMPLE = "timeWindow: [{duration: 30d, isRolling: true}]"
# Years within which any start remains a valid date in any time zone.
_YEAR_MIN, _YEAR_MAX = 1971, 2099


def read_window(spec: Fields, scope: Scope) -> Window:
    """The window of an SLO's spec."""
    node = spec.required("timeWindow", _EXAMPLE)
    entries = spec.items("timeWindow")
    if len(entries) != 1:
        reject(node, f"lists {len(entries)} windows: an SLO has exactly one, such as {_EXAMPLE}")
    fields = scope.fields(entries[0], _WINDOW)
    duration = _read_duration(fields, scope)
    calendar = fields.optional("calendar")
    if not _is_rolling(fields, calendar, scope):
        return _calendar_window(fields, duration, calendar, scope)
    if calendar is not None:
        scope.diagnostics.warn(calendar, "is ignored but for its timeZone: the window is rolling")
    return _rolling_window(entries[0], duration, calendar, scope)


def _read_duration(fields: Fields, scope: Scope) -> Duration:
    """The duration as in v1, or as unit and count."""
    node, unit = fields.optional("duration"), fields.optional("unit")
    if node is not None or unit is None:
        return read_duration(fields.required("duration", "duration: 30d"), scope.diagnostics, example="30d")
    if scope.is_v1:
        scope.diagnostics.warn(unit, "unit and count are read: openslo/v1 writes duration: 30d")
    count = _read_count(fields, unit)
    letter = read_keyword(unit, _UNITS, scope.diagnostics)
    # Convert seconds to minutes or more if possible, since windows have no smaller unit.
    duration = duration_of(count) if letter == "s" else None
    return check_length(duration or Duration(count, letter), unit, example="30d")


def _read_count(fields: Fields, unit: Node) -> int:
    count = fields.number("count", "30")
    if count is None:
        return 1
    if count != int(count) or count < 1:
        reject(unit, f"a count of {count:g} is not a window: write a whole number above 0, such as 30")
    return int(count)


def _is_rolling(fields: Fields, calendar: Node | None, scope: Scope) -> bool:
    is_rolling = fields.boolean("isRolling")
    if is_rolling is None:
        default = "true" if calendar is None else "false"
        scope.diagnostics.warn(fields.node, f"missing: read as isRolling: {default}, write that", "isRolling")
    return calendar is None if is_rolling is None else is_rolling


def _rolling_window(node: Node, duration: Duration, calendar: Node | None, scope: Scope) -> Window:
    seconds = duration.seconds
    if seconds is None:
        zone = _calendar_zone(scope.fields(calendar, _CALENDAR), scope) if calendar is not None else scope.zone
        return Calendar(Unit(duration.unit), duration.count, zone, rolling=True)
    if duration == Duration(1, "m"):
        scope.diagnostics.warn(node, "is one minute: a month is 1M", "duration")
    if seconds % 60:
        reject(node, f"{duration} is not a window: the shortest unit is a minute; write for example 30d", "duration")
    return Rolling(float(seconds))


def _calendar_window(fields: Fields, duration: Duration, calendar: Node | None, scope: Scope) -> Calendar:
    node = fields.node
    # There are no calendar minutes: 1m means a month here.
    if duration.unit == "m":
        what = f"{duration} is read as {duration.count}M: m is a minute, a month is M"
        scope.diagnostics.warn(node, what, "duration")
        duration = check_length(Duration(duration.count, "M"), node, example="1M")
    if duration.unit not in tuple(Unit):
        reject(node, f"{duration} is not a calendar period: write days, weeks or months, such as 1M", "duration")
    unit = Unit(duration.unit)
    if calendar is None:
        return Calendar(unit, duration.count, scope.zone, _default_start(node, duration, scope))
    calendar_fields = scope.fields(calendar, _CALENDAR)
    zone = _calendar_zone(calendar_fields, scope)
    start_node = calendar_fields.optional("startTime")
    if start_node is None:
        return Calendar(unit, duration.count, zone, _default_start(calendar, duration, scope))
    return Calendar(unit, duration.count, zone, _read_start(start_node, zone, scope))


def _default_start(node: Node, duration: Duration, scope: Scope) -> datetime:
    """The start of periods without a startTime; by default, that of the calendar."""
    if duration.count != 1:
        reject(node, f"missing: write when one of the periods of {duration} begins: {_EXAMPLE_START}", "startTime")
    scope.diagnostics.warn(
        node,
        f"missing: periods of {duration} are assumed to begin with those of the calendar, at midnight",
        "startTime",
    )
    return DEFAULT_START


def _calendar_zone(calendar: Fields, scope: Scope) -> str:
    node = calendar.optional("timeZone")
    if node is None:
        scope.diagnostics.warn(calendar.node, f"missing: read as {scope.zone}, write the zone", "timeZone")
        return scope.zone
    return read_zone(node, scope)


def read_zone(node: Node, scope: Scope) -> str:
    """The IANA time zone of a field."""
    text = scalar_text(node)
    if _is_zone(text):
        return text
    # This reads many files, so only call it for invalid names.
    zones = available_timezones()
    zone = next((zone for zone in zones if zone.lower() == text.lower()), None)
    if zone is None:
        remedy = suggestion(text, zones) or ": write for example Europe/Berlin"
        reject(node, f"{excerpt(text)} is not an IANA time zone{remedy}")
    scope.diagnostics.warn(node, f"is read as {zone}: write that")
    return zone


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError, RecursionError):
        # A name with thousands of parts is looked up in as many nested folders.
        return False
    return True


def _read_start(node: Node, zone: str, scope: Scope) -> datetime:
    """The local time at which a period begins."""
    text = scalar_text(node)
    start = _parse_start(text, zone)
    if start is None or not _YEAR_MIN <= start.year <= _YEAR_MAX:
        reject(node, f"{excerpt(text)} is not the start of a period: write for example {_EXAMPLE_START}")
    start = start.replace(microsecond=0)
    if text != start.strftime(START_FORMAT):
        scope.diagnostics.warn(node, f"{excerpt(text)} is read as {start.strftime(START_FORMAT)}: write that")
    return start


def _parse_start(text: str, zone: str) -> datetime | None:
    if text.lower() in _WEEKDAYS:
        return DEFAULT_START + timedelta(days=_WEEKDAYS.index(text.lower()))
    # `fromisoformat` would read 20260101 as a date, but YAML reads a number.
    if parse_number(text) is not None:
        return None
    try:
        start = datetime.fromisoformat(text)
    except ValueError:
        return None
    if start.tzinfo is None or not _YEAR_MIN <= start.year <= _YEAR_MAX:
        return start.replace(tzinfo=None)
    return start.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
