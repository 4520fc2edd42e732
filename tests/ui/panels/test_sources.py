"""The sources page as HTML: how well the source answers, what went wrong, what each query costs."""

import threading
from dataclasses import replace
from html import escape

import pytest

from dashboard.engine.snapshot import Snapshot
from dashboard.engine.source_status import SourceState, SourceStatus
from dashboard.notifications.delivery import NotSent
from dashboard.notifications.dispatcher import Dispatcher, Situation
from dashboard.sources.catalog import FilesAlike, Resource
from dashboard.sources.protocol import BadRows, Problem, QueryCost
from dashboard.state.opening import open_store
from dashboard.state.spec import MEMORY, StateSpec
from dashboard.ui.panels import sources
from dashboard.ui.text.source_text import REMEDIES
from dashboard.ui.text.units import plain
from tests.notifications.samples import Recorded, incident, plain_notification, webhook
from tests.ui.panels import HOSTILE, NOW

NEW = SourceStatus("csv", "shop.csv", SourceState.STARTING)


def of(snapshot: Snapshot, source: SourceStatus) -> Snapshot:
    return replace(snapshot, source=source, services=())


def test_a_source_that_never_answered_has_dashes_and_no_numbers(snapshot: Snapshot) -> None:
    html = sources.summary(of(snapshot, NEW), NOW)
    for name in ("Newest sample", "Last answer", "Last refresh took"):
        assert f"{name}<b>–</b>" in html
    assert "Looking for services" in html


def test_rows_are_counted_for_files_alone(snapshot: Snapshot) -> None:
    read = replace(NEW, rows=1200, bad_rows=7, state=SourceState.OK)
    html = sources.summary(of(snapshot, read), NOW)
    assert "Rows read<b>1,200</b>" in html
    assert "Bad rows<b>7</b>" in html
    assert "rows" not in sources.summary(of(snapshot, replace(read, kind="prometheus")), NOW).casefold()


def test_refreshes_and_ages_are_counted_from_now(snapshot: Snapshot) -> None:
    source = replace(
        NEW, state=SourceState.OK, newest=NOW - 35, answered=NOW - 5, ticks=7, failures=2, tick_seconds=0.4
    )
    html = plain(sources.summary(of(snapshot, source), NOW))
    for fact in ("Newest sample<b>35 s ago", "Last answer<b>5 s ago", "Refreshes<b>7 · failed 2", "took<b>400 ms"):
        assert fact in html


@pytest.mark.parametrize("kind", list(REMEDIES))
def test_an_error_has_the_remedy_of_its_kind(snapshot: Snapshot, kind: str) -> None:
    failed = replace(NEW, state=SourceState.DOWN, error="refused", error_kind=kind)
    assert f"<p><b>refused.</b> {REMEDIES[kind]}</p>" in sources.summary(of(snapshot, failed), NOW)


def test_an_error_of_another_kind_has_none(snapshot: Snapshot) -> None:
    failed = replace(NEW, state=SourceState.DOWN, error="refused", error_kind="internal")
    assert "<p><b>refused.</b> </p>" in sources.summary(of(snapshot, failed), NOW)


def test_an_error_that_is_over_stays_with_its_age(snapshot: Snapshot) -> None:
    well = replace(NEW, state=SourceState.OK, last_error="refused", last_error_at=NOW - 120)
    assert "Last error, 2 m ago: refused" in plain(sources.summary(of(snapshot, well), NOW))
    assert "Last error" not in sources.summary(of(snapshot, replace(NEW, state=SourceState.OK)), NOW)


def test_without_rows_a_table_is_a_sentence(snapshot: Snapshot) -> None:
    empty = of(snapshot, NEW)
    fine = of(snapshot, replace(NEW, state=SourceState.OK))
    assert sources.problems(fine) == '<div class="gs-empty">No problems.</div>'
    assert sources.problems(empty) == '<div class="gs-empty">No problems.</div>', "looking for services is none"
    assert sources.services(empty) == '<div class="gs-empty">No services yet.</div>'
    assert sources.queries(empty) == '<div class="gs-empty">No queries yet.</div>'


def test_a_source_that_is_down_is_a_problem_itself(snapshot: Snapshot) -> None:
    failed = of(snapshot, replace(NEW, state=SourceState.DOWN, error="refused"))
    assert sources.problems(failed) == '<div class="gs-empty">No other problems.</div>'


def test_problems_name_their_places_the_source_first(snapshot: Snapshot) -> None:
    report = replace(snapshot.services[0], info=replace(snapshot.services[0].info, name="shop", notes=("no buckets",)))
    source = replace(NEW, notes=("clock is ahead",), problems=(Problem("shop.csv:7", "no number"),))
    html = sources.problems(replace(snapshot, source=source, services=(report,)))
    places = [html.index(text) for text in ("clock is ahead", "shop.csv:7", "no number", "no buckets")]
    assert places == sorted(places)
    # A row of words becomes a block on a phone; a row with numbers stays a row.
    assert '<table class="gs-table words">' in html
    assert '<table class="gs-table">' in sources.services(replace(snapshot, source=source, services=(report,)))


def test_a_file_of_bad_rows_is_said_once(snapshot: Snapshot) -> None:
    bad, other = BadRows(40, "bad.csv:2", "no time"), BadRows(2, "bad.csv:9", "no service")
    reason = "all 42 rows are bad; first: bad.csv:2: no time"
    source = replace(NEW, notes=(reason,), bad_kinds=(bad, other), left_out=(Problem("bad.csv", reason),))
    html = plain(sources.problems(of(snapshot, source)))
    assert html.count("no time") == 1
    assert "bad.csv:9" in html, "what is wrong with the others is not said yet"
    summary = plain(sources.summary(of(snapshot, replace(source, state=SourceState.STALE, notes=())), NOW))
    assert "<b>A file is left out, see the problems below.</b>" in summary
    some = plain(sources.problems(of(snapshot, replace(source, notes=(), left_out=()))))
    assert some.count("no time") == some.count("no service") == 1


@pytest.mark.parametrize(
    ("bounds", "threshold", "words"),
    [((), None, "none"), ((0.5,), 0.5, "1 bucket, threshold 500 ms"), ((0.1, 0.5), 0.5, "2 buckets, threshold 500 ms")],
)
def test_a_service_says_how_it_is_read(
    snapshot: Snapshot, bounds: tuple[float, ...], threshold: float | None, words: str
) -> None:
    resources = (Resource("memory"), Resource("pool", unverified=True))
    info = replace(
        snapshot.services[0].info, preset="", bounds=bounds, threshold=threshold, labels=(), resources=resources
    )
    html = plain(sources.services(replace(snapshot, services=(replace(snapshot.services[0], info=info),))))
    assert f'<td class="l">none</td><td class="l">{words}</td><td class="l">none</td>' in html
    assert "memory, pool (unverified)" in html


def cost(query: str, seconds: float) -> QueryCost:
    return QueryCost(query, "requests", seconds, bytes=1250, series=12, points=2880)


def test_the_slowest_query_comes_first(snapshot: Snapshot) -> None:
    html = plain(sources.queries(of(snapshot, replace(NEW, costs=(cost("fast", 0.01), cost("slow", 2.0))))))
    assert html.index("slow") < html.index("fast")
    assert "<td>2.00 s</td><td>1.25 kB</td><td>12</td><td>2,880</td>" in html


def test_a_long_query_opens_on_demand(snapshot: Snapshot) -> None:
    html = sources.queries(of(snapshot, replace(NEW, costs=(cost("a" * 600, 1.0),))))
    assert "<details>" not in html
    html = sources.queries(of(snapshot, replace(NEW, costs=(cost("a" * 600 + "bc", 1.0),))))
    more = "<i aria-hidden='true'> …</i>"
    assert f"<details><summary>{'a' * 600}{more}</summary>bc</details>" in html


def test_names_queries_and_errors_are_text(snapshot: Snapshot) -> None:
    report = snapshot.services[0]
    info = replace(report.info, name=HOSTILE, preset=HOSTILE, labels=(HOSTILE,), notes=(HOSTILE,))
    source = replace(
        NEW, kind=HOSTILE, where=HOSTILE, state=SourceState.DOWN, error=HOSTILE, notes=(HOSTILE,),
        costs=(replace(cost(HOSTILE * 40, 1.0), purpose=HOSTILE),), problems=(Problem(HOSTILE, HOSTILE),),
    )  # fmt: skip
    hostile = replace(snapshot, source=source, services=(replace(report, info=info),))
    pieces = (
        sources.summary(hostile, NOW),
        sources.problems(hostile),
        sources.services(hostile),
        sources.queries(hostile),
    )
    for html in pieces:
        assert "&lt;script&gt;" in html
        assert "<script" not in html


@pytest.mark.parametrize(
    ("count", "listed"),
    [(1, "s0"), (2, "s0, s1"), (6, "s0, s1, s2, s3, s4, s5"), (9, "s0, s1, s2, s3, s4 and 4 more")],
)
def test_a_note_of_many_services_is_said_once(snapshot: Snapshot, count: int, listed: str) -> None:
    report = snapshot.services[0]
    noted = tuple(
        replace(report, info=replace(report.info, name=f"s{number}", title="", notes=("no buckets",)))
        for number in range(count)
    )
    html = sources.problems(replace(snapshot, services=noted, source=NEW))
    assert html.count("no buckets") == 1
    assert f">{listed}<" in html


def test_files_say_what_they_were_taken_for_and_how_to_have_it_otherwise(snapshot: Snapshot) -> None:
    assert sources.files(snapshot) == ""
    names = tuple(f"{number}.jtl" for number in range(7))
    alike = FilesAlike(names, "JMeter: a <log>", 'write format = "plain"')
    page = sources.files(replace(snapshot, source=replace(snapshot.source, files=(alike,))))
    assert "0.jtl, 1.jtl, 2.jtl, 3.jtl, 4.jtl and 2 more" in page
    assert "JMeter: a &lt;log&gt;" in page
    assert "write format = &quot;plain&quot;" in page


@pytest.mark.parametrize(
    ("kind", "where", "head"),
    [
        ("demo", "embedded demo", '<h2>Embedded demo</h2> <span class="gs-second"></span>'),
        ("csv", "csv/shop.csv", '<h2>csv</h2> <span class="gs-second">csv/shop.csv</span>'),
    ],
)
def test_a_source_is_named_once(snapshot: Snapshot, kind: str, where: str, head: str) -> None:
    assert head in sources.summary(of(snapshot, replace(NEW, kind=kind, where=where)), NOW)


def test_receivers_that_are_told_of_incidents_have_a_row_each() -> None:
    assert sources.notifications(None) == ""
    store = open_store(StateSpec(MEMORY))
    receiver = Recorded(webhook(name=HOSTILE))
    receiver.failure = NotSent(f"answered {HOSTILE}", is_final=True)
    dispatcher = Dispatcher(
        store, [receiver], lambda: Situation([incident()]), plain_notification, lambda: NOW, threading.Event()
    )  # fmt: skip
    dispatcher.look()
    assert ">1 wait</td>" in sources.notifications(dispatcher)
    dispatcher.send_due(receiver)
    dispatcher.look()
    html = sources.notifications(dispatcher)
    assert ">1 given up</td>" in html
    assert f"1 notification was given up: answered {escape(HOSTILE)}." in html
    assert HOSTILE not in html
    store.close()
