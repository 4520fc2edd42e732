"""What a viewer has chosen: service, span, comparison and range, all of it in the address."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import streamlit as st

from dashboard.timerange import DAY, HOUR

SPANS = {"15m": 900, "1h": HOUR, "6h": 6 * HOUR, "24h": DAY, "7d": 7 * DAY, "30d": 30 * DAY}
COMPARISONS = {"nothing": 0, "yesterday": DAY, "last week": 7 * DAY}


@dataclass(frozen=True, slots=True)
class Selection:
    """A choice that holds; `problem` says in one line what in the address was not understood."""

    service: str
    span: int
    compare: int
    compared: str = ""
    end: float | None = None
    problem: str | None = None


def chosen(services: list[str], *, time_zone: str, now: float) -> Selection:
    """The widgets and what they hold; `from` and `to` in the address make an absolute range."""
    st.query_params.setdefault("service", services[0])
    asked = st.query_params["service"]
    names = sorted(services)
    left, middle, right = st.columns([2, 2, 3], vertical_alignment="bottom")
    service = left.selectbox("Service", names, index=names.index(asked) if asked in names else 0, key="service_choice")
    compare = middle.segmented_control(
        "Compare with", list(COMPARISONS), default="nothing", key="compare", bind="query-params"
    )
    with right.container(horizontal=True, vertical_alignment="bottom"):
        span = st.segmented_control(
            "Span", list(SPANS), default="1h", key="span", bind="query-params", on_change=_back_to_now
        )
        _range(ZoneInfo(time_zone), now, SPANS[span or "1h"])
    problem = None if asked in names or asked == service else f"no service is called {asked[:80]!r}: showing {service}"
    st.query_params["service"] = service
    absolute, end, wrong = between(st.query_params.get("from"), st.query_params.get("to"))
    return Selection(
        service,
        absolute or SPANS[span or "1h"],
        COMPARISONS[compare or "nothing"],
        compare if compare and COMPARISONS[compare] else "",
        end,
        problem=wrong or problem,
    )


def _range(zone: ZoneInfo, now: float, span: int) -> None:
    """Two moments that become `from` and `to` in the address."""
    _, end, _ = between(st.query_params.get("from"), st.query_params.get("to"))
    with st.popover("Past range" if end is None else "Past range ✓", help="A range between two moments"):
        last = datetime.fromtimestamp(end or now // 900 * 900, zone).replace(tzinfo=None)
        begin = st.datetime_input(f"From ({zone.key})", last - timedelta(seconds=span), key="range_from")
        until = st.datetime_input(f"To ({zone.key})", last, key="range_to")
        show, back = st.columns(2)
        if show.button("Show", type="primary", width="stretch") and begin and until:
            for name, moment in (("from", begin), ("to", until)):
                st.query_params[name] = moment.replace(tzinfo=zone).astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
            st.rerun()
        if back.button("Back to now", width="stretch", disabled=end is None):
            _back_to_now()
            st.rerun()


def _back_to_now() -> None:
    for name in ("from", "to"):
        st.query_params.pop(name, None)


def between(begin: str | None, end: str | None) -> tuple[int | None, float | None, str | None]:
    """Span and end in seconds of an absolute range, or the sentence that says what is wrong with it."""
    if not begin and not end:
        return None, None, None
    try:
        first, last = (_moment(text or "") for text in (begin, end))
    except ValueError:
        return None, None, "from and to in the address need ISO 8601 times, such as 2026-11-22T18:00Z"
    if not 60 <= last - first <= 31 * DAY:
        return None, None, "from must lie between a minute and 31 days before to"
    return int(last - first), last, None


def _moment(text: str) -> float:
    moment = datetime.fromisoformat(text.replace(" ", "+"))
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
