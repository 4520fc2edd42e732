"""Forms for policy exceptions on the objectives page: add one, or end one that was added."""

from collections.abc import Callable
from datetime import timedelta
from glob import escape as literal
from html import escape
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import streamlit as st

from dashboard.engine.gate import keeping_exceptions
from dashboard.engine.gate.gate_standings import standing_of
from dashboard.engine.snapshot import Snapshot
from dashboard.exceptions import StateError
from dashboard.gate.policy import PolicyException
from dashboard.slo.patterns import ALL
from dashboard.slo.report import SloReport
from dashboard.state import policy_exceptions, running
from dashboard.state.store import Store
from dashboard.timerange import utc
from dashboard.ui import address_bar, data, problems, turns
from dashboard.ui.panels.person_field import person_field
from dashboard.ui.text import policy_text

EDIT: Final = "exception"
# The scope of an exception in the form.
OBJECTIVE, SERVICE, EVERY = "objective", "service", "every"
USUAL: Final = timedelta(days=1)


def address(report: SloReport) -> str:
    """A link to the same page with the form for an objective."""
    return f"objectives?{urlencode({'slo': report.slo.name, 'edit': EDIT})}"


def forms(snapshot: Snapshot, now: float) -> None:
    """Draw the forms if the URL asks for them.

    Args:
        snapshot: the newest one. `now`: epoch seconds.
    """
    if st.query_params.get("edit", "") != EDIT:
        return
    if not snapshot.policy.takes_added:
        problems.banner(policy_text.FILE_ALONE)
        return
    name = st.query_params.get("slo", "")
    report = next((report for report in snapshot.slos if report.slo.name == name), None)
    if report is None:
        problems.banner("Choose an objective first: an exception is for one, for its service, or for all.")
        return
    back = escape(f"objectives?{urlencode({'slo': name})}")
    with st.container(border=True, key="card_exception"):
        st.html(
            '<div class="gs-cardhead"><h2>Exception from the policy</h2><span class="m">lets releases go until a '
            "moment, whatever is left of the budget; the review lists it</span>"
            f'<span class="v"><a href="{back}" target="_self">Close</a></span></div>'
        )
        _add_form(snapshot, report, now)
        added = [each for each in standing_of(snapshot, report, now).exceptions if each.number]
        if added:
            _end_form(snapshot, added, now)


def _add_form(snapshot: Snapshot, report: SloReport, now: float) -> None:
    slo, zone = report.slo, ZoneInfo(snapshot.time_zone)
    names = {
        OBJECTIVE: slo.name,
        SERVICE: f"All objectives of {snapshot.service_title(slo.service)}",
        EVERY: "All services",
    }
    patterns = {
        OBJECTIVE: ((literal(slo.service),), (literal(slo.name),)),
        SERVICE: ((literal(slo.service),), ALL),
        EVERY: (ALL, ALL),
    }
    with st.form("exception", border=False, enter_to_submit=False):
        scope = st.radio("For", list(names), format_func=lambda key: names[key], horizontal=True, key="exception_scope")
        usual = (utc(now).astimezone(zone) + USUAL).replace(tzinfo=None, second=0, microsecond=0)
        until = st.datetime_input(f"Until ({zone.key})", usual, key="exception_until")
        why = st.text_input("Why", max_chars=policy_exceptions.WHY_LETTERS, key="exception_why")
        burning = st.checkbox("Even while the budget burns", key="exception_burning")
        person = person_field("exception_person")
        if st.form_submit_button("Let releases go", type="primary"):
            moment = until.replace(tzinfo=zone).timestamp()
            services, slos = patterns[scope]
            exception = PolicyException(person, why, moment, services=services, slos=slos, even_burning=burning)
            _write(lambda store: keeping_exceptions.add(store, exception, data.now()))


def _end_form(snapshot: Snapshot, added: list[PolicyException], now: float) -> None:
    by_number = {each.number: each for each in added}
    with st.form("exception_end", border=False, enter_to_submit=False):
        number = st.selectbox(
            "Added exceptions", list(by_number), key="exception_ended",
            format_func=lambda each: policy_text.exception(by_number[each], snapshot.time_zone, now),
        )  # fmt: skip
        person = person_field("exception_end_person")
        if st.form_submit_button("End it now"):
            _write(lambda store: keeping_exceptions.end(store, number, person, data.now()))


def _write(task: Callable[[Store], Any]) -> None:
    """Store something while other pages draw; then show the page with it, or why it failed."""
    try:
        with turns.away():
            running.added().write(task)
    except StateError as error:
        problems.banner(f"Not kept: {error}.")
        return
    address_bar.replace({"edit": ""})
    st.rerun()
