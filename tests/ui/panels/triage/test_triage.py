"""The triage page as HTML: entries with what is known of them, hostile text as text, and shared by all who look."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from urllib.parse import quote

import pytest

from dashboard.alerts.alert import AlertInterval, AlertRule
from dashboard.alerts.alert_snapshot import AlertSnapshot, CurrentAlert
from dashboard.alerts.alertmanager import RoutingState, Silence, Suppression
from dashboard.anomaly.anomalies import Signal
from dashboard.engine import running_poller
from dashboard.engine.health import Health
from dashboard.engine.snapshot import ServiceReport, Snapshot, downgraded
from dashboard.engine.source_status import SourceState
from dashboard.engine.viewers.exemplar_windows import ExemplarWindow
from dashboard.engine.viewers.explanations import ExplanationWindow
from dashboard.exceptions import StateError
from dashboard.incidents.incident import Correctable
from dashboard.oncall.exemplar import Exemplar
from dashboard.oncall.explanation import Counts, Explanation, Selection, Verdict
from dashboard.oncall.spans import BadEvents, Spans
from dashboard.slo.indicators import Measure
from dashboard.state import attention as stored
from dashboard.state import running
from dashboard.state.opening import open_store
from dashboard.state.spec import MEMORY, StateSpec
from dashboard.state.store import Store
from dashboard.timerange import DAY, HOUR
from dashboard.triage.entry import Moved
from dashboard.ui import attention
from dashboard.ui.panels.service.newest_answers import NewestAnswers
from dashboard.ui.panels.triage import triage, triage_actions, triage_charts, triage_spending, triage_traces
from dashboard.ui.panels.wall import wall
from dashboard.ui.text.units import plain
from dashboard.web.incidents import triage_json
from tests.triage.test_entries import anomaly, burning, calm, filling, incident, running_out, with_services
from tests.ui.panels import HOSTILE, NOW
from tests.ui.panels.services import copies

ID = "0123456789abcdef01234567"


@pytest.fixture
def store() -> Iterator[Store]:
    opened = open_store(StateSpec(MEMORY))
    running.use(opened)
    yield opened
    running.use(None)
    opened.close()


@pytest.fixture
def busy(snapshot: Snapshot) -> Snapshot:
    """A page that fires, a ticket, a budget that runs out, a resource that fills up."""
    of = snapshot.by_name
    return with_services(
        replace(snapshot, incidents=()),
        burning(of["checkout"], "page"),
        burning(of["search"], "ticket"),
        running_out(of["cart"], 3 * DAY, 4 * DAY),
        filling(of["auth"], 5 * HOUR),
    )


def page(snapshot: Snapshot) -> str:
    return triage.page(snapshot, NOW, asks=False)


def section(html: str, service: str) -> str:
    return re.findall(rf'<section class="gs-entry[^>]*aria-label="{service}">.*?</section>', html, re.S)[0]


def test_entries_stand_in_order_with_their_charts_and_the_first_one_has_most(busy: Snapshot) -> None:
    html = page(busy)
    assert re.findall(r'<section class="gs-entry (\w+) gs-(\w+)" data-key="[\w:-]+" data-id="([\w:-]+)"', html) == [
        ("full", "red", "checkout:burn"),
        ("brief", "amber", "auth:full:memory"),
        ("brief", "amber", "search:burn"),
        ("brief", "amber", "cart:runs-out"),
    ]
    assert section(html, "checkout").count('class="gs-light"') == 4
    assert "plotly" not in html
    assert "<svg" not in html, "Streamlit would strip it"
    said = plain(unescape(re.sub(r"<[^>]+>", "", section(html, "checkout"))))
    assert "now · page" in said
    assert "pages above 1.4 %" in said
    assert 'href="objectives?slo=checkout-availability"' in section(html, "checkout")
    labels = re.findall(r'role="img" aria-label="([^"]+)"', section(html, "checkout"))
    assert plain(labels[0]).startswith("Errors 3.6 %; objective 0.10 %; pages above 1.4 %")


def test_a_signal_that_became_unusual_later_is_shaded_since_then_and_said(busy: Snapshot) -> None:
    later = anomaly("checkout", Signal.TRAFFIC, since=NOW - 300)
    reports = [
        replace(report, anomalies=(*report.anomalies, later)) if report.name == "checkout" else report
        for report in busy.services
    ]
    card = plain(section(page(with_services(busy, *reports)), "checkout"))
    assert "also more traffic than usual since 08:48" in card
    errors, *_, traffic = re.findall(r'class="l over"[^>]*--s:([\d.]+)%', card)
    assert float(traffic) > float(errors)


def test_the_page_is_built_once_for_all_who_look_in_a_second(busy: Snapshot) -> None:
    assert page(busy) is page(busy)
    assert triage.page(busy, NOW + 1, asks=False) is not page(busy)


def test_nothing_to_do_looks_like_it_and_an_unknown_service_does_not(snapshot: Snapshot) -> None:
    calm_one = with_services(replace(snapshot, incidents=()))
    html = page(calm_one)
    assert '<div class="gs-calm gs-green">' in html
    assert "Nothing needs you." in html
    assert "No incident in the last 30 days is known." in html
    silent = with_services(calm_one, replace(calm(snapshot.by_name["cart"]), health=Health.UNKNOWN))
    html = page(silent)
    assert "gs-calm" not in html
    assert "No current data, so nobody knows whether these need you: cart." in html
    source = replace(snapshot.source, state=SourceState.DOWN, error="connection refused")
    html = page(downgraded(replace(calm_one, source=source)))
    assert "gs-green" not in html
    assert "Nothing needs you" not in html
    assert "connection refused" in html


def test_without_a_service_it_says_what_to_do(snapshot: Snapshot) -> None:
    html = page(replace(snapshot, services=(), by_name={}, incidents=()))
    assert "No service was found" in html
    assert "Not known yet what needs you." in html
    assert "Nothing needs you" not in html


def test_what_people_wrote_is_text_and_who_is_on_it_is_on_the_wall(busy: Snapshot, store: Store) -> None:
    assert "gs-onit" not in wall.wall(busy, NOW, kiosk=False)
    stored.acknowledge(store, ID, subject="checkout:burn", person=HOSTILE[:80], now=NOW - 60)
    running.added().write(
        lambda opened: stored.note(opened, ID, subject="checkout:burn", person="Mona", text=HOSTILE, now=NOW - 30)
    )
    html = page(busy)
    assert "<script" not in html
    card = section(html, "checkout")
    assert "(name as given) at 08:52" in card
    assert "&lt;script&gt;" in card
    assert 'data-triage="withdraw"' in card
    assert 'data-triage="acknowledge"' not in card
    assert html.count('data-triage="acknowledge"') == 3
    assert ">1\u00a0acknowledged, " in html
    assert 'data-count="0"' in html, "somebody is on what needs somebody now"
    on_wall = wall.wall(busy, NOW, kiosk=False)
    assert on_wall.count('class="gs-onit"') == 1
    assert "<script" not in on_wall


def test_an_old_acknowledgement_is_asked_again(busy: Snapshot, store: Store) -> None:
    long_ago = replace(busy, incidents=(incident(("checkout", NOW - 6 * HOUR)),))
    running.added().write(
        lambda opened: stored.acknowledge(opened, ID, subject="20251009-0835-abc", person="Mona", now=NOW - 5 * HOUR)
    )
    card = section(page(long_ago), "checkout")
    assert "is somebody still on it?" in card
    assert ">Still on it</button>" in card
    assert attention.waiting(long_ago) == 1
    assert attention.people(long_ago) == {}


def test_a_store_that_cannot_be_read_is_said_and_the_entries_stay(busy: Snapshot) -> None:
    html = page(busy)
    assert "Acknowledgements and notes may be missing: no state is open" in html
    assert section(html, "checkout")


def test_alerts_of_other_tools_about_no_entry_are_listed_and_open_if_one_pages(busy: Snapshot) -> None:
    def firing(name: str, severity: str, service: str | None) -> CurrentAlert:
        alert = AlertInterval((("alertname", name),), AlertRule(name, severity), NOW - 600, None, service)
        return CurrentAlert(alert=alert, pages=severity == "page")

    alerts = firing("<b>Down", "page", None), firing("Full", "ticket", "help"), firing("Slow", "page", "checkout")
    shown = replace(busy, alerts=AlertSnapshot(at=NOW, firing=alerts))
    html = re.findall(r'<details class="gs-minor" data-key="alerts".*?</details>', page(shown), re.S)[0]
    assert html.startswith('<details class="gs-minor" data-key="alerts" open>')
    assert "2 alerts from other tools about no entry" in html
    assert "<li>&lt;b&gt;Down (page) firing since 08:43</li>" in html
    assert "Full (ticket) firing since 08:43</li>" in html
    assert "Slow" not in html
    elsewhere = triage_json.as_json(shown, asks=False)["alerts_elsewhere"]
    assert [alert["alert"] for alert in elsewhere] == ["<b>Down", "Full"]
    without = replace(busy, alerts=AlertSnapshot(at=NOW, firing=alerts[1:]))
    assert 'data-key="alerts"><summary>' in page(without)


def test_what_spends_the_budget_what_changed_and_alerts_stand_at_their_entry(busy: Snapshot) -> None:
    interval = AlertInterval(
        (("alertname", "HighErrors"),), AlertRule("HighErrors", "page"), NOW - 600, None, "checkout"
    )
    silence = Silence("s1", "<b>kim</b>", "known", NOW - 60, NOW + HOUR)
    alert = CurrentAlert(
        alert=interval, suppression=Suppression.SILENCED, silences=(silence,), is_routed=True, routing=RoutingState.OK
    )
    shown = replace(busy, alerts=AlertSnapshot(at=NOW, firing=(alert,)))
    selection = Selection({"route": "/<i>pay"}, Counts(1, 100, 50, 100), 0.9, 0.94, 0.2, 0.001)
    explanation = Explanation(Verdict.CAUSES, Counts(1, 500, 55, 500), 50, (selection,), 0.001, {"route": 4}, 4)
    spans = Spans(int(NOW), 1, 1)
    triage_spending.newest.keep("checkout:burn", ExplanationWindow("checkout", BadEvents.FAILED, spans, explanation))
    try:
        card = plain(section(page(shown), "checkout"))
    finally:
        triage_spending.newest.clear()
    assert "What spends the budget" in card
    assert "/&lt;i&gt;pay" in card
    assert "94 %" in card
    assert "What changed" in card
    assert "HighErrors (page) firing since 08:43, silenced by &lt;b&gt;kim&lt;/b&gt; until 09:53: “known”." in card


@pytest.fixture
def remembered() -> Iterator[NewestAnswers[ExemplarWindow]]:
    yield triage_traces.newest
    triage_traces.newest.clear()


def requests(*, end: float = NOW) -> ExemplarWindow:
    """A failed request with a hostile id, and slow ones that did not fail."""
    exemplars = (
        Exemplar(NOW - 60, HOSTILE, 0.02, True, {"route": HOSTILE}),
        *(Exemplar(NOW - 90, f"{number:032x}", float(number), None, {"route": "/pay"}) for number in (4, 3, 2, 1)),
    )
    return ExemplarWindow("checkout", int(end) - 3600, int(end), exemplars)


def test_requests_open_their_traces_from_the_entry(busy: Snapshot, remembered: NewestAnswers[ExemplarWindow]) -> None:
    report = busy.by_name["checkout"]
    linked = replace(report, info=replace(report.info, links={"trace": "https://traces.example/{trace_id}"}))
    linked_busy = with_services(busy, linked)
    assert "Example requests" not in page(linked_busy)
    remembered.keep("checkout:burn", requests())
    card = section(page(linked_busy), "checkout")
    rows = re.findall(
        r'<a href="https://traces.example/([^"]+)" title="([^"]*)"[^>]*>trace (.*?) ↗</a></b><em>(.*?)</em>', card
    )
    assert [(path, plain(said)) for path, _, _, said in rows] == [
        (quote(HOSTILE, safe=""), "failed · 20 ms"),
        (f"{4:032x}", "4.00 s"),
        (f"{3:032x}", "3.00 s"),
    ], "those that failed first, then the slowest"
    assert unescape(rows[0][1]) == HOSTILE
    assert "<script" not in card
    # Without an address it is named all the same; of another time it is not.
    assert "trace 000000000000…" in section(page(busy), "checkout")
    remembered.keep("checkout:burn", requests(end=NOW - DAY))
    assert "Example requests" not in page(linked_busy)


def test_of_slow_requests_the_slowest_come_first(busy: Snapshot, remembered: NewestAnswers[ExemplarWindow]) -> None:
    slow = next(slo for slo in busy.by_name["checkout"].slos if slo.slo.measure is Measure.LATENCY)
    entry = next(entry for entry in attention.triage_of(busy).entries if entry.service == "checkout")
    html = triage_traces.listed(requests(), replace(entry, slos=(slow,)), {}, "UTC")
    assert [plain(said) for said in re.findall("<em>(.*?)</em>", html)] == ["4.00 s", "3.00 s", "2.00 s"]


@pytest.mark.parametrize("signal", [Signal.ERRORS, Signal.LATENCY, Signal.TRAFFIC, Signal.SATURATION])
def test_what_moved_with_it_is_drawn_as_a_small_line(busy: Snapshot, signal: Signal) -> None:
    detail = "memory" if signal is Signal.SATURATION else ""
    known = Moved("cart", NOW - 900, anomaly("cart", signal, detail=detail))
    drawn = triage_charts.course(known, busy)
    assert re.fullmatch(r'<i class="course" style="--l:url\(data:image/svg\+xml,[^ "\']+\);--s:75%"></i>', drawn)
    assert triage_charts.course(replace(known, since=NOW - 2 * HOUR), busy) == "", "before the live window"
    assert triage_charts.course(replace(known, anomaly=None), busy) == ""
    assert triage_charts.course(replace(known, service="gone"), busy) == ""


def test_links_are_filled_with_the_service_and_the_time_of_the_entry(busy: Snapshot) -> None:
    report = busy.by_name["checkout"]
    links = {
        "logs": "https://logs.example/?q={service}&from={from}&to={to}", "runbook": "https://runbooks.example/{service}",
        "odd": "javascript:alert(1)",
    }  # fmt: skip
    linked = replace(report, info=replace(report.info, links=links))
    known = replace(with_services(busy, linked), incidents=(incident(("checkout", NOW - 1800)),))
    card = section(page(known), "checkout")
    assert re.findall(r'<a class="go" href="([^"]+)"', card) == [
        "https://runbooks.example/checkout",
        f"https://logs.example/?q=checkout&amp;from={int(NOW - 5400) * 1000}&amp;to={int(NOW) * 1000}",
    ]
    assert "javascript" not in card
    assert 'href="incidents?incident=20251009-0835-abc"' in card


def test_two_entries_of_a_service_have_names_of_their_own(busy: Snapshot) -> None:
    both = with_services(
        busy, replace(running_out(busy.by_name["auth"], DAY, 2 * DAY), forecasts=busy.by_name["auth"].forecasts)
    )
    names = re.findall(r'<section class="gs-entry[^>]*aria-label="([^"]+)"', page(both))
    assert {"auth", "auth, memory"} <= set(names)
    assert len(names) == len(set(names))


def test_forty_entries_are_bounded(snapshot: Snapshot) -> None:
    many = crowd(snapshot, 60, 40)
    html = page(many)
    assert len(re.findall(r'<section class="gs-entry full', html)) == triage.FULL_OF_MANY
    assert len(re.findall(r'<section class="gs-entry brief', html)) == triage.BRIEF_OF_MANY
    assert len(re.findall(r'<section class="gs-entry row', html)) == 40 - triage.FULL_OF_MANY - triage.BRIEF_OF_MANY
    assert len(html) < 150 * 1024


def crowd(snapshot: Snapshot, number: int, entries: int) -> Snapshot:
    """So many services, of which so many burn."""
    drawn = copies(replace(snapshot, incidents=()), number, unhealthy=0)
    template = burning(snapshot.by_name["checkout"], "page")

    def burns(report: ServiceReport) -> ServiceReport:
        slos = tuple(replace(slo, slo=replace(slo.slo, service=report.name)) for slo in template.slos)
        return replace(template, info=replace(template.info, name=report.name, title=""), slos=slos)

    busy = [burns(report) for report in drawn.services[:entries]]
    return with_services(drawn, *busy)


def test_hostile_names_are_text(busy: Snapshot) -> None:
    report = burning(busy.by_name["checkout"], "page")
    slos = tuple(replace(slo, slo=replace(slo.slo, name=HOSTILE, kind=HOSTILE)) for slo in report.slos)
    info = replace(
        report.info, name=HOSTILE, title=HOSTILE, team=HOSTILE, links={HOSTILE: 'https://x.example/"><script>'}
    )
    odd = anomaly(HOSTILE, detail=HOSTILE, cost=0.2)
    hostile = replace(report, info=info, slos=slos, anomalies=(odd,))
    named = replace(busy, services=(hostile,), by_name={HOSTILE: hostile})
    html = page(named)
    assert "<script" not in html.casefold()
    assert "<img" not in html


def test_what_a_browser_sends_is_kept_once_and_what_cannot_be_is_said(store: Store) -> None:
    sent = {"kind": "note", "id": ID, "entry": "checkout:burn", "person": "Mona", "text": "It is the pool."}
    assert triage_actions.answered(sent, NOW) == {"id": ID, "kind": "note", "entry": "checkout:burn"}
    assert triage_actions.answered(sent, NOW + 1) == {"id": ID, "kind": "note", "entry": "checkout:burn"}
    (note,) = attention.reading().added.notes["checkout:burn"]
    assert (note.person, note.text, note.at) == ("Mona", "It is the pool.", NOW)
    acknowledged = {**sent, "kind": "acknowledge"}
    triage_actions.answered(acknowledged, NOW)
    triage_actions.answered({**sent, "kind": "withdraw", "id": ID[::-1], "row": ID}, NOW + 5)
    assert attention.reading().added.acknowledgements == {}
    for broken, why in (
        ({**sent, "id": "x"}, "the browser sent no id"),
        ({**sent, "kind": "drop table"}, "unknown action"),
        ({**sent, "id": ID[::-1], "text": "\u200b"}, "the note is empty"),
        ({**sent, "id": ID[::-1], "person": ""}, "the name is empty"),
        ({"id": ["no", "text"]}, "the browser sent no id"),
    ):
        assert why in triage_actions.answered(broken, NOW)["error"]
    running.use(None)
    assert "no state is open" in triage_actions.answered(sent, NOW)["error"]


def test_a_store_that_fails_says_so(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> bool:
        raise StateError("the disk is full")

    monkeypatch.setattr(stored, "note", broken)
    sent = {"kind": "note", "id": ID, "entry": "e", "person": "Mona", "text": "t"}
    assert triage_actions.answered(sent, NOW)["error"] == "Not kept: the disk is full"


def test_the_shift_is_handed_over_as_text(busy: Snapshot, store: Store) -> None:
    running.added().write(
        lambda opened: stored.note(opened, ID, subject="checkout:burn", person="Mona", text="The\npool.", now=NOW - 30)
    )
    incidents = (
        incident(("cart", NOW - 3 * HOUR), end=NOW - 2 * HOUR),
        replace(
            incident(("search", NOW - 20 * HOUR), end=NOW - HOUR),
            corrections={Correctable.TITLE: "a <b>full</b> disk"},
        ),
    )
    named = tuple(replace(each, id=f"id-{place}") for place, each in enumerate(incidents))
    html = page(replace(busy, incidents=named))
    short, _, long = (unescape(text) for text in re.findall(r'<pre class="h\d+"[^>]*>(.*?)</pre>', html, re.S))
    opened, closed, remains, watch = (part.strip().splitlines()[1:] for part in short.split("\n\n")[1:])
    assert [line.rpartition(", ")[2] for line in opened] == ["id-0)"]
    assert [line.rpartition(", ")[2] for line in closed] == ["id-0)", "id-1)"], "in the order in which they ended"
    assert all("10 % of the budget of" in line for line in closed)
    assert closed[1].startswith("- a <b>full</b> disk ("), "as somebody corrected it"
    assert remains[0].startswith("- NOW: checkout: ")
    assert remains[1:3] == ["  nobody is on it", "  note of Mona (name as given), 08:52: The pool."]
    assert watch[0].startswith("- cart: Availability: ")
    assert "id-1)" in long.split("Closed")[0], "a longer shift saw the begin of it"
    nothing = page(with_services(replace(busy, incidents=())))
    assert "Opened:\n- nothing" in unescape(nothing)


def test_the_json_has_the_traces_alerts_and_links_of_the_page(
    busy: Snapshot, remembered: NewestAnswers[ExemplarWindow]
) -> None:
    report = busy.by_name["checkout"]
    leads = {"trace": "https://traces.example/{trace_id}", "logs": "https://logs.example/?q={service}"}
    linked_busy = with_services(busy, replace(report, info=replace(report.info, links=leads)))
    remembered.keep("checkout:burn", requests())
    [first, *_] = triage_json.as_json(linked_busy, asks=False)["entries"]
    shown = [(request["trace"], request["link"], request["failed"]) for request in first["requests"]]
    assert shown[0] == (HOSTILE, f"https://traces.example/{quote(HOSTILE, safe='')}", True)
    assert shown[1] == (f"{4:032x}", f"https://traces.example/{4:032x}", None)
    assert len(shown) == 3, "as many as the page lists"
    assert first["links"] == {"logs": "https://logs.example/?q=checkout"}
    assert first["spending"] is None, "not known is not the same as nothing"


def test_the_json_says_what_the_page_says(busy: Snapshot, store: Store) -> None:
    running.added().write(
        lambda opened: stored.acknowledge(opened, ID, subject="checkout:burn", person="Mona", now=NOW - 60)
    )
    answer = triage_json.as_json(busy, asks=False)
    assert answer["headline"] == "1 acknowledged, 2 today, 1 this week. 8 services are fine."
    assert (answer["known"], answer["needs_now"], answer["fine"]) == (True, 0, 8)
    first = answer["entries"][0]
    assert (first["id"], first["urgency"], first["cause"], first["severity"]) == (
        "checkout:burn",
        "now",
        "burn",
        "page",
    )
    assert first["acknowledged"] == {"by": "Mona", "at": "2025-10-09T08:52:20Z", "holds": True}
    assert first["sentence"].startswith("17.9× burn over 1 h")
    assert answer["entries"][1]["resource"] == "memory"
    running_poller.use(None)
