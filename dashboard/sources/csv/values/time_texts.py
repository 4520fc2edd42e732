"""Normalises texts of times with brackets, names of days, zones and abbreviations around them."""

import re
from functools import cache

import pandas as pd

from dashboard.sources.csv.values.columns import WIDE_BLANKS

# Abbreviations of a single zone, or those defined in RFC 2822 (https://www.rfc-editor.org/rfc/rfc2822, 4.3) and not
# used otherwise by computers.
ABBREVIATIONS = {
    "CET": 1, "CEST": 2, "MEZ": 1, "MESZ": 2, "WET": 0, "WEST": 1, "EET": 2, "EEST": 3, "MSK": 3, "EST": -5, "EDT": -4,
    "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8, "HST": -10, "JST": 9, "KST": 9,
    "HKT": 8, "SGT": 8, "AEST": 10, "AEDT": 11, "AWST": 8, "NZST": 12, "NZDT": 13, "SAST": 2,
}  # fmt: skip
# Abbreviations of several zones, with some of these.
SHARED = {
    "CST": ("America/Chicago", "Asia/Shanghai"), "IST": ("Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"),
    "BST": ("Europe/London", "Asia/Dhaka"), "AST": ("America/Halifax", "Asia/Riyadh"),
    "GST": ("Asia/Dubai", "Atlantic/South_Georgia"), "ADT": ("America/Halifax", "Asia/Baghdad"),
}  # fmt: skip
# Places with a zone of such a name.
EXAMPLES = {
    **SHARED, **dict.fromkeys(("CET", "CEST", "MEZ", "MESZ"), ("Europe/Berlin",)), "WET": ("Europe/Lisbon",),
    "WEST": ("Europe/Lisbon",), "EET": ("Europe/Helsinki",), "EEST": ("Europe/Helsinki",), "MSK": ("Europe/Moscow",),
    "EST": ("America/New_York",), "EDT": ("America/New_York",), "CDT": ("America/Chicago",),
    "MST": ("America/Denver",), "MDT": ("America/Denver",), "PST": ("America/Los_Angeles",),
    "PDT": ("America/Los_Angeles",), "JST": ("Asia/Tokyo",), "KST": ("Asia/Seoul",), "HKT": ("Asia/Hong_Kong",),
    "SGT": ("Asia/Singapore",), "AEST": ("Australia/Sydney",), "AEDT": ("Australia/Sydney",),
    "NZST": ("Pacific/Auckland",), "NZDT": ("Pacific/Auckland",), "SAST": ("Africa/Johannesburg",),
}  # fmt: skip
# German abbreviations.
_GERMAN = {"MEZ": "CET", "MESZ": "CEST"}
ABBREVIATED = r"^(.*\d(?: [AP]M)?) ?[(\[]?([A-Z]{2,5})[)\]]?$"
# Typographic minus signs.
MINUS = re.compile("[\u2010-\u2013\u2212]")
# Times without anything around them: ISO 8601 to the second, and those of access logs.
PLAIN = (
    r"(?:\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"
    r"|\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d(?: [+-]\d{4})?)"
)
# A time of day without a date.
CLOCK = r"^\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?[AaPp]\.?[Mm]\.?)?$"


def with_plain_signs(texts: pd.Series) -> pd.Series:
    """Texts with plain blanks and minus signs, and no blanks around them."""
    return texts.str.replace(WIDE_BLANKS, " ", regex=True).str.replace(MINUS, "-", regex=True).str.strip()


@cache
def offset_by_name(zone: str) -> dict[str, str]:
    """Abbreviation → its offset from UTC, such as `+01:00`; `zone`: IANA name, for times without a zone."""
    offsets = {name: f"{hours:+03d}:00" for name, hours in ABBREVIATIONS.items()}
    for month in (1, 7):
        moment = pd.Timestamp(2026, month, 1, tz=zone)
        name, offset = moment.tzname(), moment.strftime("%z")
        if name is not None and name.isalpha():
            offsets[name] = f"{offset[:3]}:{offset[3:]}"
    return offsets


def own_names(zone: str) -> set[str]:
    """The abbreviations of a zone; `zone`: IANA name."""
    names = {pd.Timestamp(2026, month, 1, tz=zone).tzname() or "" for month in (1, 7)}
    return names | {german for german, name in _GERMAN.items() if name in names}


def plain_times(texts: pd.Series, zone: str) -> tuple[pd.Series, pd.Series]:
    """Texts without brackets, quotes, names of days and zones, and the IANA name of each zone; empty without one.

    Args:
        texts: shape (rows,). `zone`: IANA name, for times without a zone; its own abbreviations take precedence.
    """
    zones = pd.Series("", index=texts.index, dtype=texts.dtype)
    # Most programs write plain times, and a dozen searches in each of a million texts take seconds.
    adorned = ~texts.str.fullmatch(PLAIN).fillna(False).to_numpy(dtype=bool)
    if not adorned.any():
        return texts, zones
    plain = texts.copy()
    plain[adorned], zones[adorned] = _without_adornments(texts[adorned], zone)
    return plain, zones


def _without_adornments(texts: pd.Series, zone: str) -> tuple[pd.Series, pd.Series]:
    plain = texts.str.strip("[]\"' ")
    # Java writes the zone after the offset, which suffices.
    plain = plain.str.replace(r"(Z|[+-]\d\d:?\d\d)\[.*$", r"\1", regex=True)
    plain = plain.str.replace(r"^[A-Za-z]{3,9},? +(?=[A-Za-z]{3} +\d|\d{1,2} +[A-Za-z]{3})", "", regex=True)
    # The command `date` writes the zone before the year.
    plain = plain.str.replace(r"^(.*\d) ([A-Z]{2,5}|[+-]\d{4}) (\d{4})$", r"\1 \3 \2", regex=True)
    plain = plain.str.replace(r" ?(?:UTC|GMT|UT)$|(?<=\d)z$", "+00:00", regex=True)
    plain = plain.str.replace(
        r"(\d) ?([AaPp])\.?[Mm]\.?(?=$|[ +-])", lambda half: f"{half[1]} {half[2].upper()}M", regex=True
    )
    short = plain.str.extract(ABBREVIATED)
    if short[1].notna().any():
        offsets = short[1].map(offset_by_name(zone))
        plain = (short[0] + offsets).where(offsets.notna(), plain)
    # Databases write offsets in whole hours.
    plain = plain.str.replace(r"([T ]\d\d(?::?\d\d){0,2}(?:[.,]\d+)?) ?([+-]\d\d)$", r"\1\2:00", regex=True)
    named = plain.str.extract(r"^(.*\d)[ \[]([A-Z][A-Za-z_]+/[A-Za-z_/+-]+)$")
    zones = named[1].fillna("")
    known = zones.isin(_known_zones(zones))
    return named[0].where(known & (zones != ""), plain), zones.where(known, "")


def _known_zones(zones: pd.Series) -> list[str]:
    known = []
    for zone in zones.unique():
        try:
            pd.Timestamp(0, tz=zone or "UTC")
            known.append(zone)
        # From pytz and zoneinfo: KeyError, ValueError or a file error; thousands of nested parts raise RecursionError.
        except (LookupError, ValueError, OSError, RecursionError):
            continue
    return known
