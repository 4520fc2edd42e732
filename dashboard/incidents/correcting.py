"""Parses and validates corrections that people make to derived values."""

from datetime import datetime
from zoneinfo import ZoneInfo

from dashboard.incidents.incident import Correctable
from dashboard.incidents.statistics import Moments

FORMAT = "%Y-%m-%d %H:%M"
LONGEST_TITLE = 200
# Largest correction of a time.
FURTHEST_S = 31 * 86_400.0


class CorrectionRefused(ValueError):
    """An invalid correction, with one sentence."""


def written(seconds: float | None, zone: str) -> str:
    """A time for the correction form: 2026-11-19 14:07; empty for None.

    Args:
        seconds: epoch seconds. `zone`: IANA name of the zone that the person reads times in.
    """
    return "" if seconds is None else datetime.fromtimestamp(seconds, ZoneInfo(zone)).strftime(FORMAT)


def read(text: str, zone: str) -> float | None:
    """Parse a time to epoch seconds; None if the field is empty.

    Args:
        text: such as 2026-11-19 14:07, with a T and seconds or not. `zone`: IANA name, for what has no offset.

    Raises:
        CorrectionRefused: it is not a time.
    """
    plain = text.strip()
    if not plain:
        return None
    try:
        moment = datetime.fromisoformat(plain)
        return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).timestamp()
    except (ValueError, OverflowError):
        raise CorrectionRefused(f"{plain[:40]!r} is no time: write it as 2026-11-19 14:07") from None


def check(derived: Moments, corrected: Moments, now: float) -> None:
    """Reject times that contradict each other.

    Args:
        derived: the derived times. `corrected`: the corrected ones. `now`: epoch seconds.

    Raises:
        CorrectionRefused: they are impossible.
    """
    every = [moment for moment in (corrected.start, corrected.end, corrected.detected) if moment is not None]
    if any(abs(moment - derived.start) > FURTHEST_S for moment in every):
        raise CorrectionRefused("the times must lie within 31 days of the derived start")
    if any(moment > now for moment in every):
        raise CorrectionRefused("the times must not lie in the future")
    if corrected.end is not None and corrected.end <= corrected.start:
        raise CorrectionRefused("the end must lie after the start")
    if corrected.end is not None and derived.end is None:
        raise CorrectionRefused("it goes on by its data: its end can be corrected when it is over")
    if corrected.detected is not None and corrected.end is not None and corrected.detected > corrected.end:
        raise CorrectionRefused("it cannot have been detected after its end")


def title(text: str) -> str:
    """A title in the form in which it is stored: one line; empty to withdraw a correction.

    Raises:
        CorrectionRefused: it is too long.
    """
    plain = " ".join(text.split())
    if len(plain) > LONGEST_TITLE:
        raise CorrectionRefused(f"the title is longer than {LONGEST_TITLE} characters")
    return plain


# Fields that are times.
MOMENTS = (Correctable.START, Correctable.END, Correctable.DETECTION)
