"""What a viewer has chosen: service, span, comparison and range, all of it in the URL."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import streamlit as st

from dashboard.engine.viewers import service_span
from dashboard.engine.viewers.service_span import COMPARISONS, SPANS
from dashboard.ui import address_bar
from dashboard.ui.text import address

# The initial span of a page.
opening_span = service_span.opening_span
# Session key: the service chosen by the page if the URL names none, so that it does not jump at the next click.
SHOWN = "service_shown"


@dataclass(frozen=True, slots=True)
class Selection:
    """What is shown.

    Attributes:
        service: its name.
        span: seconds.
        compare: how many seconds earlier the compared period lies; 0 without comparison.
        compared: name of that period, such as "last week"; empty without comparison.
        end: epoch seconds of the end of an absolute range; None if the span ends now, or `behind` now.
        behind: by how many seconds its end lags behind now.
        is_range: the URL has a range, which determines the span.
        problems: what was invalid in the URL, one sentence each.
        nearest: names of services similar to an unknown one.
    """

    service: str
    span: int
    compare: int
    compared: str = ""
    end: float | None = None
    behind: float = 0.0
    is_range: bool = False
    problems: tuple[str, ...] = ()
    nearest: tuple[str, ...] = ()

    @property
    def live(self) -> bool:
        """Whether the span ends now."""
        return self.end is None and not self.behind

    def ending(self, now: float) -> float:
        """Epoch seconds of the end of what is shown at `now`."""
        return self.end if self.end is not None else now - self.behind


def selected(
    services: Mapping[str, str], *, time_zone: str, now: float, opening: str = "1h", ended: bool = False
) -> Selection:
    """Draw the widgets; returns their values, and the range of the URL.

    Args:
        services: name → title, most urgent first; the first is the default.
        time_zone: of the page.
        now: epoch seconds of the displayed time. `ended`: the data end then.
        opening: the default span.
    """
    compared, no_comparison = address_bar.choice("compare", tuple(COMPARISONS), "nothing")
    absolute = address.between(st.query_params.get("from"), st.query_params.get("to"), now=now, ended=ended)
    name, no_span = address_bar.choice("span", tuple(SPANS), opening)
    with st.container(key="service_choices", horizontal=True, vertical_alignment="bottom", gap="medium"):
        service, unknown = _service(services)
        st.segmented_control(
            "Compare with", list(COMPARISONS), key="compare", on_change=address_bar.write, args=("compare", "nothing")
        )
        # Choosing another span leaves the range and ends now.
        written = ("span", opening, ("from", "to"))
        st.segmented_control("Span", list(SPANS), key="span", on_change=address_bar.write, args=written)
        _range(ZoneInfo(time_zone), now, absolute, SPANS[name])
    return Selection(
        service,
        absolute.span or SPANS[name],
        COMPARISONS[compared],
        compared if COMPARISONS[compared] else "",
        absolute.end,
        absolute.behind,
        is_range=absolute.span is not None,
        problems=tuple(filter(None, (absolute.problem, unknown, no_span, no_comparison))),
        nearest=address.nearest(st.query_params["service"], services) if unknown else (),
    )


def _service(services: Mapping[str, str]) -> tuple[str, str | None]:
    """The service, and a sentence if the one in the URL is unknown."""
    # Users who type a URL use the names that the pages show.
    by_title = {title: name for name, title in services.items()}
    wanted = st.query_params.get("service", "")
    named = by_title.get(wanted, wanted)
    names = sorted(services, key=lambda name: (services[name], name))
    shown = str(st.session_state.get(SHOWN, ""))
    usual = shown if shown in services else next(iter(services))
    service = st.session_state[SHOWN] = named if named in services else usual
    address_bar.hold("service_choice", service)
    st.selectbox(
        "Service", names, key="service_choice", format_func=lambda name: services.get(name, name),
        on_change=_choose_service, width=280,
    )  # fmt: skip
    if not named or named in services:
        return service, None
    return service, f"no service is called {address.shortened(wanted)}: {services[service]} is shown"


def _choose_service() -> None:
    address_bar.replace({"service": st.session_state["service_choice"]}, without=("from", "to"))


def _range(zone: ZoneInfo, now: float, absolute: address.Range, span: int) -> None:
    """Widgets for two times that become `from` and `to` in the URL."""
    chosen = absolute.span is not None
    with st.popover("Past range ✓" if chosen else "Past range", help="A range between two moments"):
        # The widget takes local time without a zone, in quarters of an hour.
        end = absolute.end or (now - absolute.behind) // 900 * 900
        last = datetime.fromtimestamp(end, zone).replace(tzinfo=None)
        begin = st.datetime_input(f"From ({zone.key})", last - timedelta(seconds=span), key="range_from")
        until = st.datetime_input(f"To ({zone.key})", last, key="range_to")
        show, back = st.columns(2)
        if show.button("Show", type="primary", width="stretch") and begin and until:
            _show_range(begin.replace(tzinfo=zone), until.replace(tzinfo=zone))
            st.rerun()
        if back.button("Back to now", width="stretch", disabled=not chosen):
            address_bar.replace({}, without=("from", "to"))
            st.rerun()


def _show_range(begin: datetime, until: datetime) -> None:
    address_bar.replace({name: address.written(at.timestamp()) for name, at in (("from", begin), ("to", until))})
