"""How the source is, in a line for the banner, the JSON and the command line."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pandas as pd
import pytest

from dashboard.engine.health import Health
from dashboard.engine.snapshot import ServiceReport, Snapshot
from dashboard.engine.source_status import HistoryProgress, SourceState, SourceStatus, Trouble, Unavailable
from dashboard.exceptions import SourceError
from dashboard.signals.current import CurrentValues
from dashboard.sources.catalog import ServiceInfo
from dashboard.timerange import DAY
from dashboard.ui.text import source_text
from dashboard.ui.text.units import plain


def status(state: SourceState = SourceState.OK, *, kind: str = "prometheus") -> SourceStatus:
    return SourceStatus(kind, "http://127.0.0.1:9090", state)


def test_while_all_is_well_there_is_nothing_to_say() -> None:
    assert source_text.message(status()) is None


def test_before_the_first_answer_services_are_looked_for() -> None:
    assert source_text.message(status(SourceState.STARTING)) == "Looking for services …"


@pytest.mark.parametrize(
    ("done", "total", "sentence"),
    [(0, 7, "Reading the history …"), (3, 7, "Reading the history … 3 of 7")],
)
def test_the_history_is_read_in_parts(done: int, total: int, sentence: str) -> None:
    assert source_text.message(replace(status(), reading=HistoryProgress(done, total))) == sentence


@pytest.mark.parametrize(
    ("trouble", "kind", "sentence"),
    [
        (Trouble.NO_DATA, "prometheus", "the source answers, but has no data: check that its targets are scraped"),
        (Trouble.NO_DATA, "csv", "the source answers, but has no data: check that the files are written"),
        (Trouble.NOTHING_NEW, "csv", "the source answers, but nothing new arrives: check that the files are written"),
        (Trouble.FROM_THE_FUTURE, "csv",
         "the newest sample lies in the future: check the clocks and the time zone of the data"),
    ],
)  # fmt: skip
def test_trouble_names_its_remedy(trouble: Trouble, kind: str, sentence: str) -> None:
    assert source_text.message(replace(status(SourceState.STALE, kind=kind), trouble=trouble)) == sentence


def test_an_error_is_told_as_it_came_and_before_all_else() -> None:
    failed = replace(status(SourceState.DOWN), error="connection refused", reading=HistoryProgress(1, 2))
    assert source_text.message(failed) == "connection refused"


@pytest.mark.parametrize(
    ("zone", "later_s", "when"),
    [
        ("UTC", 0, "28 Aug 14:00 UTC"),
        ("Europe/Berlin", 0, "28 Aug 16:00 CEST"),
        ("UTC", 400 * DAY, "28 Aug 2026 14:00 UTC"),
    ],
    ids=["UTC", "in the zone of the page", "last year"],
)
def test_data_that_have_ended_say_when_and_that_nothing_is_known_of_now(zone: str, later_s: float, when: str) -> None:
    end = datetime(2026, 8, 28, 14, tzinfo=UTC).timestamp()
    ended = replace(status(SourceState.STALE, kind="csv"), trouble=Trouble.ENDED, data_end=end, newest=end,
                    answered=end + 30 * DAY + later_s)  # fmt: skip
    message = f"data end {when}: the state shown is from then, and the present state is unknown"
    assert source_text.message(ended, zone) == message
    page = replace(snapshot(ended, services=1), time_zone=zone)
    shown = source_text.banner(page, end + 30 * DAY)
    assert shown is not None
    assert (shown.colour, shown.word, shown.sentence) == ("amber", "Past", f"D{message[1:]}.")


@pytest.mark.parametrize("trouble", list(Trouble))
def test_every_trouble_has_its_own_sentence(trouble: Trouble) -> None:
    words = {source_text.message(replace(status(), trouble=other)) for other in Trouble}
    assert len(words) == len(Trouble)
    message = source_text.message(replace(status(), trouble=trouble))
    assert message is not None
    assert source_text.sentence(replace(status(), trouble=trouble)) == f"{message[0].upper()}{message[1:]}."


def test_an_error_that_begins_with_a_file_keeps_its_case() -> None:
    failed = replace(status(SourceState.DOWN), error="data/shop.csv cannot be read.")
    assert source_text.sentence(failed) == "data/shop.csv cannot be read."


def snapshot(source: SourceStatus, *, services: int = 0) -> Snapshot:
    info = ServiceInfo("shop", "preset")
    report = ServiceReport(info, Health.HEALTHY, (), CurrentValues(), (), pd.DataFrame())
    return Snapshot(1000.0, source, services=(report,) * services)


def test_a_source_that_is_fine_needs_no_banner() -> None:
    assert source_text.banner(snapshot(status()), 1000.0) is None


@pytest.mark.parametrize(
    ("source", "banner"),
    [
        (replace(status(), partial=True), ("grey", "", "Some data are missing: the source answered in part.")),
        (replace(status(), unavailable=Unavailable("too many")), ("grey", "", "Budgets unavailable: too many.")),
        (replace(status(), partial=True, unavailable=Unavailable("too many", ("cart", "shop"))),
         ("grey", "", "Budgets of cart, shop unavailable: too many.")),
        (replace(status(), unavailable=Unavailable("too many", tuple("abcdef"))),
         ("grey", "", "Budgets of a, b, c and 3 more unavailable: too many.")),
        (replace(status(), partial=True, reading=HistoryProgress(0, 1)), ("grey", "", "Reading the history …")),
        (status(SourceState.STARTING), ("grey", "Starting", "Looking for services … 1 m 5 s")),
        (replace(status(SourceState.DOWN), error="refused"), ("red", "✕ Source down", "refused.")),
        (
            replace(status(SourceState.STALE), trouble=Trouble.NO_ANSWER),
            ("amber", "▲ Source stale",
             "The source has not answered for too long: the picture is from its last answer."),
        ),
    ],
)  # fmt: skip
def test_a_banner_says_what_the_source_does(source: SourceStatus, banner: tuple[str, str, str]) -> None:
    shown = source_text.banner(snapshot(source), 1065.0)
    assert shown is not None
    assert tuple(map(plain, shown)) == banner


def test_a_picture_that_stays_says_how_old_it_is() -> None:
    failed = replace(status(SourceState.STALE), error="refused", newest=990.0)
    banner = source_text.banner(snapshot(failed, services=1), 1020.0)
    assert banner is not None
    assert plain(banner.sentence) == "refused. The picture below is old: data 30 s old."


@pytest.mark.parametrize(
    ("state", "kind", "words"),
    [
        (SourceState.STARTING, "csv", "The first data take a few seconds."),
        (SourceState.DOWN, "csv", "Nothing could be read from http://127.0.0.1:9090. "),
        (SourceState.OK, "csv", "Check that its files hold rows with a service"),
        (SourceState.STALE, "prometheus", "Check that its targets expose request metrics"),
    ],
)
def test_without_a_service_the_page_says_why_and_what_to_do(state: SourceState, kind: str, words: str) -> None:
    assert words in "\n".join(source_text.no_service(status(state, kind=kind)))


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (SourceState.STARTING, "evaluated as soon as the source has answered"),
        (SourceState.DOWN, "nothing could be read from http://127.0.0.1:9090"),
        (SourceState.OK, "write one in the configuration (slos)"),
        (SourceState.STALE, "write one in the configuration (slos)"),
    ],
)
def test_without_an_objective_the_page_says_why_and_what_to_do(state: SourceState, words: str) -> None:
    assert words in source_text.no_objective(status(state))


def test_every_kind_of_error_has_its_remedy() -> None:
    own = [error for error in errors(SourceError) if error.__module__ == SourceError.__module__]
    kinds = {error.kind for error in own if error is not SourceError}
    assert kinds
    assert kinds <= set(source_text.REMEDIES)


def errors(kind: type[SourceError]) -> Iterator[type[SourceError]]:
    yield kind
    for part in kind.__subclasses__():
        yield from errors(part)
