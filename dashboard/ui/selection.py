"""What a viewer has chosen: service, span, comparison and range, all of it in the address."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import streamlit as st

from dashboard.engine.viewers import service_span
from dashboard.engine.viewers.service_span import COMPARISONS, SPANS
from dashboard.ui import address_bar
from dashboard.ui.text import address

# The span that a page opens with.
opening_span = service_span.opening_span
# In the session: the service that the page chose where the address names none. It must not jump at the next click.
SHOWN = "service_shown"


@dataclass(frozen=True, slots=True)
class Selection:
    """What is shown.

    Attributes:
        service: its name.
        span: seconds.
        compare: seconds that the compared period lies earlier; 0 without a comparison.
        compared: its name, such as "last week"; empty without a comparison.
        end: epoch seconds of the end of an absolute range; None while the span ends now, or `behind` now.
        behind: seconds that its end stays behind now.
        is_range: the address has a range, and the span is that of it.
        problems: what in the address was not understood, one sentence each.
        nearest: names of services that are like one that nobody has.
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
        """The span ends now."""
        return self.end is None and not self.behind

    def ending(self, now: float) -> float:
        """Epoch seconds of the end of what is shown at `now`."""
        return self.end if self.end is not None else now - self.behind


def selected(
    services: Mapping[str, str], *, time_zone: str, now: float, opening: str = "1h", ended: bool = False
) -> Selection:
    """Draw the widgets; what they hold, and the range of the address.

    Args:
        services: name → title, the most urgent first: it is selected when the address names none.
        time_zone: of the page.
        now: epoch seconds of the moment that is shown. `ended`: the data end then.
        opening: the span where none was chosen.
    """
    compared, no_comparison = address_bar.choice("compare", tuple(COMPARISONS), "nothing")
    absolute = address.between(st.query_params.get("from"), st.query_params.get("to"), now=now, ended=ended)
    name, no_span = address_bar.choice("span", tuple(SPANS), opening)
    with st.container(key="service_choices", horizontal=True, vertical_alignment="bottom", gap="medium"):
        service, unknown = _service(services)
        st.segmented_control(
            "Compare with", list(COMPARISONS), key="compare", on_change=address_bar.write, args=("compare", "nothing")
        )
        # Another span ends now, whatever range was looked at.
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
    """The service, and a sentence when the one of the address is unknown."""
    # Whoever types an address writes what the pages show.
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
    """Two moments that become `from` and `to` in the address."""
    chosen = absolute.span is not None
    with st.popover("Past range ✓" if chosen else "Past range", help="A range between two moments"):
        # The widget takes local time without a zone, on whole quarters of an hour.
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
