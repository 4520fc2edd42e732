"""What a viewer has chosen: service, span, comparison and range, all of it in the address."""

from dataclasses import dataclass
from datetime import UTC, datetime

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
    end: float | None = None
    problem: str | None = None


def chosen(services: list[str]) -> Selection:
    """The widgets and what they hold; `from` and `to` in the address make an absolute range."""
    st.query_params.setdefault("service", services[0])
    asked = st.query_params["service"]
    names = sorted(services)
    left, middle, right = st.columns([2, 2, 3], vertical_alignment="bottom")
    service = left.selectbox("Service", names, index=names.index(asked) if asked in names else 0, key="service_choice")
    compare = middle.segmented_control(
        "Compare with", list(COMPARISONS), default="nothing", key="compare", bind="query-params"
    )
    span = right.segmented_control("Span", list(SPANS), default="1h", key="span", bind="query-params")
    problem = None if asked in names or asked == service else f"no service is called {asked[:80]!r}: showing {service}"
    st.query_params["service"] = service
    absolute, end, wrong = between(st.query_params.get("from"), st.query_params.get("to"))
    return Selection(
        service, absolute or SPANS[span or "1h"], COMPARISONS[compare or "nothing"], end, problem=wrong or problem
    )


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
