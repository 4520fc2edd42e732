"""What a viewer has chosen: service, span, comparison and range, all of it in the address."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import streamlit as st

from dashboard.engine.source_status import SourceStatus
from dashboard.timerange import DAY, HOUR

SPANS = {"15m": 900, "1h": HOUR, "6h": 6 * HOUR, "24h": DAY, "7d": 7 * DAY, "30d": 30 * DAY}
# Whole days and weeks: traffic follows the clock, and the same hour of another day is the fair one.
COMPARISONS = {"nothing": 0, "yesterday": DAY, "last week": 7 * DAY}
LONGEST = 31 * DAY
# Epoch seconds of 1970 and 2200: beyond lie years whose local time no zone can compute, and no data.
EARLIEST, LATEST = 0.0, datetime(2200, 1, 1, tzinfo=UTC).timestamp()


@dataclass(frozen=True, slots=True)
class Selection:
    """What is shown.

    Attributes:
        service: its name.
        span: seconds.
        compare: seconds that the compared period lies earlier; 0 without a comparison.
        compared: its name, such as "last week"; empty without a comparison.
        end: epoch seconds of the end of an absolute range; None while the span ends now.
        problem: one sentence about what in the address was not understood; None when all was.
    """

    service: str
    span: int
    compare: int
    compared: str = ""
    end: float | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Range:
    """A span between two moments, in seconds and epoch seconds; None without one, or with a `problem`."""

    span: int | None = None
    end: float | None = None
    problem: str | None = None


def opening_span(source: SourceStatus) -> str:
    """The span that a page opens with: of data that have ended their last day, or all of them where they are fewer."""
    if source.data_end is None:
        return "1h"
    shown = min(source.history_s or DAY, DAY)
    return next(name for name, seconds in SPANS.items() if seconds >= shown)


def selected(services: Mapping[str, str], *, time_zone: str, now: float, opening: str = "1h") -> Selection:
    """Draw the widgets; what they hold, and the range of the address.

    Args:
        services: name → title, the most urgent first: it is selected when the address names none.
        time_zone: of the page.
        now: epoch seconds of the moment that is shown.
        opening: the span where none was chosen.
    """
    left, middle, right = st.columns([2, 2, 3], vertical_alignment="bottom")
    with left:
        service, unknown = _service(services)
    compare = middle.segmented_control(
        "Compare with", list(COMPARISONS), default="nothing", key="compare", bind="query-params"
    )
    with right.container(horizontal=True, vertical_alignment="bottom"):
        span = _span(opening)
        _range(ZoneInfo(time_zone), now, span)
    # A link to this page shows a colleague the same service.
    st.query_params["service"] = service
    absolute = between(st.query_params.get("from"), st.query_params.get("to"))
    earlier = COMPARISONS[compare or "nothing"]
    return Selection(
        service,
        absolute.span or span,
        earlier,
        compare if compare and earlier else "",
        absolute.end,
        problem=absolute.problem or unknown,
    )


def _service(services: Mapping[str, str]) -> tuple[str, str | None]:
    """The service, and a sentence when the one of the address is unknown."""
    st.query_params.setdefault("service", next(iter(services)))
    # Whoever types an address writes what the pages show.
    by_title = {title: name for name, title in services.items()}
    wanted = by_title.get(st.query_params["service"], st.query_params["service"])
    names = sorted(services, key=lambda name: (services[name], name))
    # An unknown name falls back to the first one; the page says so.
    place = names.index(wanted) if wanted in names else 0
    service = st.selectbox(
        "Service", names, index=place, key="service_choice", format_func=lambda name: services.get(name, name)
    )
    known = wanted in names or wanted == service
    return service, None if known else f"no service is called {wanted[:80]!r}: showing {service}"


def _span(opening: str) -> int:
    span = st.segmented_control(
        "Span", list(SPANS), default=opening, key="span", bind="query-params", on_change=_back_to_now
    )
    # None when a viewer clicks the chosen one again.
    return SPANS[span or opening]


def _range(zone: ZoneInfo, now: float, span: int) -> None:
    """Two moments that become `from` and `to` in the address."""
    end = between(st.query_params.get("from"), st.query_params.get("to")).end
    with st.popover("Past range" if end is None else "Past range ✓", help="A range between two moments"):
        # The widget takes local time without a zone, on whole quarters of an hour.
        last = datetime.fromtimestamp(end or now // 900 * 900, zone).replace(tzinfo=None)
        begin = st.datetime_input(f"From ({zone.key})", last - timedelta(seconds=span), key="range_from")
        until = st.datetime_input(f"To ({zone.key})", last, key="range_to")
        show, back = st.columns(2)
        if show.button("Show", type="primary", width="stretch") and begin and until:
            _show_range(begin.replace(tzinfo=zone), until.replace(tzinfo=zone))
            st.rerun()
        if back.button("Back to now", width="stretch", disabled=end is None):
            _back_to_now()
            st.rerun()


def _show_range(begin: datetime, until: datetime) -> None:
    for name, moment in (("from", begin), ("to", until)):
        # In UTC, so that a link means the same to a colleague in another zone.
        st.query_params[name] = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")


def _back_to_now() -> None:
    for name in ("from", "to"):
        st.query_params.pop(name, None)


def between(begin: str | None, end: str | None) -> Range:
    """The absolute range of the address, if it holds one."""
    if not begin and not end:
        return Range()
    try:
        first, last = (_moment(text or "") for text in (begin, end))
    except ValueError:
        return Range(problem="from and to in the address need ISO 8601 times, such as 2026-11-22T18:00Z")
    # Longer ranges would cost the source more than one page may.
    if not 60 <= last - first <= LONGEST:
        return Range(problem="from must lie between a minute and 31 days before to")
    if not EARLIEST <= first < last <= LATEST:
        return Range(problem="from and to in the address must lie between the years 1970 and 2200")
    return Range(int(last - first), last)


def _moment(text: str) -> float:
    # A plus sign that was not escaped arrives as a space.
    moment = datetime.fromisoformat(text.replace(" ", "+"))
    # Without an offset it is UTC, as in what this page writes itself.
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
