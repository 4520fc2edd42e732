"""The page of incidents as Streamlit runs it: all of them, one of them, none, and what people add to them."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.alerts.alert import AlertInterval, AlertRule
from dashboard.alerts.alert_snapshot import NO_ALERTS, AlertSnapshot
from dashboard.alerts.quality import Judgement, quality
from dashboard.engine.incidents import incident_spending
from dashboard.engine.incidents.incident_context import context_of
from dashboard.engine.incidents.incident_hours import judged_since
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.engine.snapshot import Snapshot
from dashboard.incidents.incident import Incident
from dashboard.incidents.stored import written as written_incident
from dashboard.slo.event_rows import Rows
from dashboard.sources.demo.source import DemoSource
from dashboard.state import added, running
from dashboard.state.incidents import StoredIncident, keep
from dashboard.state.opening import open_store
from dashboard.state.spec import MEMORY, StateSpec
from dashboard.state.tables import ACKNOWLEDGEMENTS, ACTION_ITEMS, CORRECTIONS, NOTES
from dashboard.timerange import DAY
from dashboard.ui.panels.incidents import incident_list
from tests.incidents.samples import DEPLOY, MINUTE, ROLLBACK, START, impact, incident, ongoing
from tests.ui.test_pages import Clock, clock, opened, text
from tests.web.test_routes import ask

__all__ = ["clock"]
NUMBER = incident().id
INCIDENTS = (ongoing(), incident())


@pytest.fixture(scope="module")
def calm() -> Snapshot:
    """The demo after one refresh, before anything is told of it."""
    running_poller = Poller(DemoSource(start=START + 7200), Settings(title="Shop"), clock=lambda: START + 7200)
    running_poller.tick()
    return running_poller.snapshot


@pytest.fixture
def shown(calm: Snapshot, clock: Clock) -> Iterator[Poller]:
    """A poller that knows two incidents, and a state in memory."""
    from dashboard.engine import running_poller

    clock.now = START + 7200
    poller = Poller(DemoSource(start=clock.now), Settings(title="Shop"), clock=clock)
    store = open_store(StateSpec(MEMORY))
    running.use(store)
    running_poller.use(poller)
    know(poller, calm, INCIDENTS)
    yield poller
    running.use(None)
    store.close()


def know(poller: Poller, snapshot: Snapshot, incidents: tuple[Incident, ...]) -> None:
    poller.snapshot = replace(snapshot, incidents=incidents, changes=(DEPLOY, ROLLBACK))


def told(number: str = "1", **columns: object) -> dict[str, object]:
    return {"id": number, "subject": NUMBER, "person": "mona", "added_at": START + 15 * MINUTE, **columns}


def plain(test: AppTest) -> str:
    return text(test).replace("\u00a0", " ")


def test_all_incidents_are_listed_with_their_cost_and_their_times(shown: Poller) -> None:
    running.added().write(lambda store: added.add(store, ACKNOWLEDGEMENTS, told()))
    written = plain(opened("incidents"))
    assert "checkout: 3.6 % of requests failed for 34 min" in written
    assert ", and 1 other service moved with it" in written
    assert "checkout: 3.6 % of requests have failed for" in written
    assert "<b>1</b> ongoing" in written
    assert "n = 1; 1 never detected" in written
    assert "n = 1; 1 never acknowledged" in written
    assert "n = 1; 1 still going on" in written
    assert f'href="incidents?incident={NUMBER}"' in written
    assert "after 12 min" in written


def test_of_data_that_have_ended_nobody_knows_what_goes_on(shown: Poller, calm: Snapshot) -> None:
    open_one = incident(end=None, impacts=(impact(end=None),))
    ended = replace(calm, source=replace(calm.source, data_end=calm.at))
    know(shown, ended, (open_one,))
    written = plain(opened("incidents"))
    assert "<b>1</b> ongoing then" in written
    assert ">ongoing then, </em>" in written
    assert "9 Oct 2025 08:30" in written, "the year is said however old they are"
    story = plain(opened("incidents", incident=NUMBER))
    assert "since 9 Oct 2025 08:30 UTC" in story
    assert "ongoing then" in story


def test_what_is_quiet_recovers_and_has_lasted_until_then(shown: Poller, calm: Snapshot) -> None:
    quiet = impact(end=None, quiet_since=START + 34 * MINUTE)
    know(shown, calm, (incident(end=None, impacts=(quiet,)),))
    written = plain(opened("incidents"))
    assert "checkout: 3.6 % of requests failed for 34 min" in written
    assert 'class="gs-amber-text">recovering, </em>34 min' in written
    story = plain(opened("incidents", incident=NUMBER))
    assert "<b>quiet since 09:04</b>, over once that lasts" in story
    assert "ongoing" not in story


@pytest.mark.parametrize(
    ("query", "counted"),
    [({}, 2), ({"service": "payments"}, 1), ({"service": "auth"}, 0), ({"period": "7d"}, 2)],
    ids=["all", "by a service that moved with it", "none of its own", "by period"],
)
def test_the_address_says_which_are_listed(shown: Poller, query: dict[str, str], counted: int) -> None:
    written = plain(opened("incidents", **query))
    assert written.count('class="gs-incrow gs-') == counted
    if not counted:
        assert "No incident in this period. One is listed here by itself as soon as an error budget burns" in written


def test_an_old_incident_is_in_a_longer_period_alone(shown: Poller, calm: Snapshot, clock: Clock) -> None:
    clock.now += 20 * 86_400
    know(shown, replace(calm, at=clock.now), (incident(),))
    assert 'class="gs-incrow gs-' not in plain(opened("incidents", period="7d"))
    assert 'class="gs-incrow gs-' in plain(opened("incidents"))


def test_how_far_back_incidents_are_derived_is_said_where_more_is_listed(calm: Snapshot) -> None:
    hours = calm.ledger.hours
    since = judged_since(hours)
    assert since is not None
    assert 26.9 * DAY < calm.at - since <= 27.1 * DAY
    assert incident_list.judged(calm, 7 * DAY) == ""
    assert "the data before that are their baseline" in incident_list.judged(calm, 30 * DAY)
    # Where the data begin later nothing is left out.
    values = hours.values.copy()
    values[:24] = 0.0
    begun = replace(calm, ledger=replace(calm.ledger, hours=Rows(hours.first, hours.step, values)))
    assert incident_list.judged(begun, 30 * DAY) == ""


def test_what_the_address_says_wrong_is_said(shown: Poller) -> None:
    written = plain(opened("incidents", incident="20200101-nothing", service="chekout", period="9d"))
    assert "No incident has the id &#x27;20200101-nothing&#x27;: it may be older than what is kept" in written
    assert "did you mean checkout?" in written
    assert "the address says" in plain(opened("incidents", period="9d")).casefold()


def test_without_incidents_the_page_says_what_would_be_here(shown: Poller, calm: Snapshot) -> None:
    know(shown, calm, ())
    assert "what it cost, how long it took to detect and to recover" in plain(opened("incidents"))
    know(shown, replace(calm, slos=()), ())
    assert "No incident is known, as nothing has an objective yet" in plain(opened("incidents"))


def test_before_the_first_answer_and_when_the_source_is_gone_the_page_says_so(
    shown: Poller, calm: Snapshot, clock: Clock
) -> None:
    fresh = Poller(DemoSource(start=clock.now), Settings(title="Shop"), clock=clock)
    shown.snapshot = fresh.snapshot
    assert "No incident is known" in plain(opened("incidents"))
    know(shown, calm, INCIDENTS)
    clock.now += 3600
    for query in ({}, {"incident": NUMBER}):
        written = plain(opened("incidents", **query))
        assert "data 1 h old" in written
        assert "failed for 34 min" in written


def test_one_incident_tells_its_story(shown: Poller) -> None:
    for table, columns in ((ACKNOWLEDGEMENTS, {}), (NOTES, {"content": "<script>alert(1)</script>"})):
        row = told(**columns)
        running.added().write(lambda store, table=table, row=row: added.add(store, table, row))
    written = plain(opened("incidents", incident=NUMBER))
    for part in (
        "<h1>checkout: 3.6 % of requests failed for 34 min",
        "<b>91,800 <small>failed requests</small></b>",
        "64 % left before, 57 % after",
        "32,100 in the 12 min before the page",
        "acknowledged by mona at 08:45",
        "Deploy v42 of checkout",
        "Rollback to v41 of checkout",
        "failures 0.01 % → 4.1 % at worst",
        "first, 08:30",
        "checkout → payments",
        "“&lt;script&gt;alert(1)&lt;/script&gt;”",
        "over the objective for 34 min",
        "No action item yet",
        f'href="api/v1/incidents/{NUMBER}/post-mortem?format=html"',
    ):
        assert part in written, part
    assert "<script" not in written


def test_what_was_left_of_the_budget_is_told_or_why_it_is_not(shown: Poller, calm: Snapshot) -> None:
    assert "64 % left before, 57 % after" in plain(opened("incidents", incident=NUMBER))
    know(shown, calm, (incident(impacts=(impact(budget_left=None),)),))
    unknown = "How much was left is not known: that takes data of 90 % of the 30 days."
    assert unknown in plain(opened("incidents", incident=NUMBER))


def test_a_correction_is_kept_beside_what_was_derived(shown: Poller) -> None:
    page = opened("incidents", incident=NUMBER, edit="1")
    by_label = {field.label: field for field in page.text_input}
    assert by_label["Start"].value == "2025-10-09 08:30"
    by_label["Title"].input("The vault refused <us>")
    by_label["Start"].input("2025-10-09 08:20")
    by_label["Your name"].input("mona")
    page.button[0].click().run()
    assert not page.exception, page.exception
    rows = running.added().read().rows(CORRECTIONS, NUMBER)
    assert {(row["field"], row["content"], row["person"]) for row in rows} == {
        ("title", "The vault refused <us>", "mona"),
        ("start", f"{START - 600:.0f}", "mona"),
    }
    written = plain(opened("incidents", incident=NUMBER))
    assert "<h1>The vault refused &lt;us&gt;</h1>" in written
    assert "Title by mona; derived: checkout: 3.6 % of requests failed for 44 min" in written
    assert "corrected by mona (derived: 08:30)" in written
    assert "edit" not in page.query_params


def test_a_title_that_grew_older_while_somebody_wrote_is_no_correction(shown: Poller, clock: Clock) -> None:
    page = opened("incidents", incident=ongoing().id, edit="1")
    title = {field.label: field for field in page.text_input}["Title"].value
    {field.label: field for field in page.text_input}["Detection"].input("2025-10-09 09:00")
    clock.now += 600
    shown.snapshot = replace(shown.snapshot, at=clock.now)
    page.button[0].click().run()
    rows = running.added().read().rows(CORRECTIONS)
    assert [(row["field"], row["content"]) for row in rows] == [("detection", f"{START + 1800:.0f}")]
    assert title not in plain(page)


def test_a_correction_that_cannot_be_is_refused_and_nothing_is_kept(shown: Poller) -> None:
    page = opened("incidents", incident=NUMBER, edit="1")
    {field.label: field for field in page.text_input}["End"].input("2025-10-09 08:00")
    page.button[0].click().run()
    assert "The end must lie after the start." in plain(page)
    assert running.added().read().rows(CORRECTIONS) == ()


def test_an_action_item_is_added_changed_and_listed_over_all_incidents(shown: Poller) -> None:
    page = opened("incidents", incident=NUMBER, item="new")
    page.button[0].click().run()
    assert "Say what is to be done." in plain(page)
    {field.label: field for field in page.text_input}["What is to be done"].input("Test <b>/pay</b>")
    {field.label: field for field in page.text_input}["Owner"].input("kim")
    page.button[0].click().run()
    [row] = running.added().read().rows(ACTION_ITEMS)
    assert (row["content"], row["owner"], row["due"], row["done_at"]) == ("Test <b>/pay</b>", "kim", "", None)
    written = plain(opened("incidents"))
    assert "Open action items" in written
    assert "Test &lt;b&gt;/pay&lt;/b&gt;" in written
    page = opened("incidents", incident=NUMBER, item=row["id"])
    page.selectbox[0].select("done")
    page.button[0].click().run()
    [row] = running.added().read().rows(ACTION_ITEMS)
    assert row["done_at"] == START + 7200
    assert "✓ done" in plain(opened("incidents", incident=NUMBER))
    assert "Open action items" not in plain(opened("incidents"))
    assert "has no such action item" in plain(opened("incidents", incident=NUMBER, item="gone"))


def test_alerts_of_others_stand_in_the_timeline_and_their_quality_below_the_list(shown: Poller, calm: Snapshot) -> None:
    rule = AlertRule("HighErrors", "page")
    times = ((START + 12 * MINUTE, START + 20 * MINUTE), (START + 21 * MINUTE, START + 34 * MINUTE))
    fired = tuple(AlertInterval((("alertname", "HighErrors"),), rule, begin, end, "checkout") for begin, end in times)
    other = AlertInterval((), AlertRule("<i>Disk"), START - 86_400, None, None)
    judged = quality((*fired, other), Judgement(START - 2 * 86_400, START + 7200))
    alerts = AlertSnapshot(at=START + 7200, since=START - 2 * 86_400, intervals=(*fired, other), quality=judged)
    shown.snapshot = replace(shown.snapshot, alerts=alerts)
    written = plain(opened("incidents"))
    assert "Alert quality" in written
    assert "1 page, 3.4 a week" in written
    assert "&lt;i&gt;Disk" in written
    story = plain(opened("incidents", incident=NUMBER))
    # The second time is of the same page.
    assert story.count("Alert HighErrors fired") == 1
    know(shown, replace(calm, alerts=NO_ALERTS), INCIDENTS)
    assert "Alert quality" not in plain(opened("incidents"))


def test_a_closed_incident_outlives_its_source_with_its_story_and_its_post_mortem(
    shown: Poller, calm: Snapshot, clock: Clock
) -> None:
    path = f"/api/v1/incidents/{NUMBER}/post-mortem"
    before = ask(shown, path).content
    assert b"## What spent the budget" in before
    asked = incident_spending.wanted(incident(), shown.snapshot.at)
    assert asked is not None
    spending = incident_spending.as_kept(shown.viewers.explanations.fetch(*asked, wait_s=20))
    around = replace(context_of(shown.snapshot, incident()), spending=spending)
    whole = replace(incident(), context=around)
    row = StoredIncident(NUMBER, START, START + 34 * MINUTE, written_incident(whole))
    running.added().write(lambda store: keep(store, row, START + 2400))
    clock.now += 60 * 86_400
    shown.snapshot = replace(calm, at=clock.now, incidents=(), changes=(), by_name={}, services=())
    assert ask(shown, path).content == before
    story = plain(opened("incidents", incident=NUMBER))
    for part in ("Deploy v42 of checkout", "Rollback to v41", "kept facts and counts", "over the objective for 34 min"):
        assert part in story
    assert "What spent the budget" in story
    assert NUMBER in plain(opened("incidents", period="90d"))
    assert NUMBER not in plain(opened("incidents", period="30d"))


def test_what_was_added_under_an_earlier_id_belongs_to_it(shown: Poller, calm: Snapshot) -> None:
    for number, subject in (("1", "before-1"), ("2", NUMBER)):
        note = {**told(number, content=f"note of {subject}"), "subject": subject}
        running.added().write(lambda store, note=note: added.add(store, NOTES, note))
    know(shown, calm, (incident(aliases=("before-1",)),))
    story = plain(opened("incidents", incident="before-1"))
    assert story.index("note of before-1") < story.index(f"note of {NUMBER}")


def test_without_a_state_the_page_still_shows_what_was_derived(shown: Poller) -> None:
    running.use(None)
    written = plain(opened("incidents", incident=NUMBER))
    assert "What people added cannot be shown: no state is open" in written
    assert "91,800" in written


def test_a_post_mortem_is_answered_as_a_file_and_is_the_same_each_time(shown: Poller, clock: Clock) -> None:
    path = f"/api/v1/incidents/{NUMBER}/post-mortem"
    first = ask(shown, path)
    assert first.headers["content-type"] == "text/markdown; charset=utf-8"
    assert first.headers["content-disposition"] == f'attachment; filename="post-mortem-{NUMBER}.md"'
    assert first.text.startswith("# checkout: 3.6 % of requests failed for 34 min")
    clock.now += 3600
    shown.snapshot = replace(shown.snapshot, at=clock.now)
    assert ask(shown, path).content == first.content
    page = ask(shown, f"{path}?format=html&tz=Europe/Berlin")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "2025-10-09 10:30 CEST" in page.text
    assert ask(shown, "/api/v1/incidents/nothing/post-mortem").status_code == 404
    assert ask(shown, f"{path}?format=pdf").status_code == 400
