"""What-if questions about more traffic on a day: the widgets, and the answer."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from html import escape
from typing import Final
from zoneinfo import ZoneInfo

import streamlit as st

from dashboard.capacity.capacity import ResourceCapacity
from dashboard.capacity.planned import Effect, PlannedEvent, effect_of
from dashboard.timerange import DAY, HOUR
from dashboard.ui import address_bar
from dashboard.ui.text import capacity_answer, units

# Value in the address → factor on traffic.
MORE: Final = {
    "none": 1.0, "-20": 0.8, "+10": 1.1, "+20": 1.2, "+30": 1.3, "+50": 1.5, "+100": 2.0, "+200": 3.0,
}  # fmt: skip
LASTS: Final = {"2h": 2.0 * HOUR, "6h": 6.0 * HOUR, "1d": float(DAY), "3d": 3.0 * DAY, "7d": 7.0 * DAY}
LASTS_SHOWN: Final = {"2h": "2 hours", "6h": "6 hours", "1d": "1 day", "3d": "3 days", "7d": "7 days"}
USUAL, USUAL_LASTS = "none", "1d"
# How many days ahead can be chosen, and the default.
DAYS, FIRST = 80, 14
FIRST_SAID: Final = "Choose more traffic, and see at once whether it lasts."
# Shorter events begin at this hour, at which most services are busy.
HOUR_OF_DAY = 12


@dataclass(frozen=True, slots=True)
class Question:
    """A what-if question: values of the address, and the days to choose from.

    Attributes:
        more, lasts: keys of `MORE` and `LASTS`. `on`: a day, ISO. `problem`: a sentence about invalid parameters.
    """

    more: str
    on: str
    lasts: str
    zone: str
    problem: str | None = None

    @property
    def event(self) -> PlannedEvent | None:
        """The question as an event; None without a question."""
        if self.more == USUAL:
            return None
        day = date.fromisoformat(self.on)
        hour = 0 if LASTS[self.lasts] >= DAY else HOUR_OF_DAY
        start = datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo(self.zone)).timestamp()
        name = f"{shown(self.more)} on {self.day}"
        return PlannedEvent(name, start, start + LASTS[self.lasts], MORE[self.more])

    @property
    def day(self) -> str:
        """The day as text: 12 Dec."""
        day = date.fromisoformat(self.on)
        return f"{day.day}{units.NBSP}{day:%b}"


def shown(more: str) -> str:
    """A choice of traffic for display: +30 %."""
    return "as usual" if more == USUAL else f"{more.replace('-', '−')}{units.NBSP}%"


def asked(now: float, zone: str) -> Question:
    """Parse the question in the address.

    Args:
        now: epoch seconds. `zone`: IANA name.
    """
    today = datetime.fromtimestamp(now, ZoneInfo(zone)).date()
    days = tuple((today + timedelta(days=number)).isoformat() for number in range(1, DAYS + 1))
    more, no_more = address_bar.choice("more", tuple(MORE), USUAL)
    on, no_day = address_bar.choice("on", days, days[FIRST - 1])
    lasts, no_lasts = address_bar.choice("for", tuple(LASTS), USUAL_LASTS)
    return Question(more, on, lasts, zone, no_more or (no_day and "the day lies not ahead, or too far") or no_lasts)


def widgets(now: float, zone: str) -> None:
    """Draw the widgets.

    Args:
        now: epoch seconds. `zone`: IANA name.
    """
    today = datetime.fromtimestamp(now, ZoneInfo(zone)).date()
    days = [(today + timedelta(days=number)).isoformat() for number in range(1, DAYS + 1)]
    with st.container(horizontal=True, vertical_alignment="center", key="capacity_if", gap="small"):
        st.html('<span class="gs-capif">What if traffic is</span>')
        _choice("Traffic", list(MORE), "more", USUAL, shown, 118)
        st.html('<span class="gs-capif">on</span>')
        _choice("Day", days, "on", days[FIRST - 1], lambda day: Question("", day, "", zone).day, 108)
        st.html('<span class="gs-capif">for</span>')
        _choice("Length", list(LASTS), "for", USUAL_LASTS, LASTS_SHOWN.__getitem__, 108)


def _choice(label: str, options: list[str], name: str, usual: str, write: object, width: int) -> None:
    assert callable(write), "it writes an option"
    st.selectbox(
        label, options, key=name, format_func=write, label_visibility="collapsed", width=width,
        on_change=address_bar.write, args=(name, usual),
    )  # fmt: skip


def answered(question: Question, each: ResourceCapacity, now: float) -> tuple[Effect | None, str]:
    """The effect, and the answer as HTML; without a question None and a hint.

    Args:
        question: the what-if question. `each`: the opened resource. `now`: epoch seconds.
    """
    event = question.event
    if event is None:
        planned = _planned(each, question.zone, now)
        return (
            None,
            f'<p class="gs-capanswer"><span>{planned or FIRST_SAID}</span></p>',
        )
    effect = effect_of(event, each.outlook, each.load, now)
    verdict, behind = capacity_answer.effect(effect, each, question.zone, now)
    colour = (
        "red" if effect is not None and effect.full_from is not None else "green" if effect is not None else "third"
    )
    text = capacity_answer.copied(each, f"what if {event.name} for {LASTS_SHOWN[question.lasts]}", (verdict, behind))
    copy = (
        f'<details class="gs-capcopy"><summary>Copy as text</summary><pre>{escape(text)}</pre>'
        '<button type="button" class="gs-button" data-act="text">Copy</button></details>'
    )
    said = f'<b class="{colour}">{escape(verdict)}</b> {escape(behind)}'
    return effect, f'<div class="gs-capanswer"><span role="status">{said}</span>{copy}</div>'


def _planned(each: ResourceCapacity, zone: str, now: float) -> str:
    """The effect of the next planned event."""
    if not each.effects:
        return ""
    first = each.effects[0]
    verdict, behind = capacity_answer.effect(first, each, zone, now)
    return f"<b>{escape(first.event.name)}</b>: {escape(verdict)} {escape(behind)}"
