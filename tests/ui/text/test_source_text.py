"""How the source is, in a line for the banner, the JSON and the command line."""

from dataclasses import replace

import pytest

from dashboard.engine.source_status import HistoryProgress, SourceState, SourceStatus, Trouble
from dashboard.ui.text import source_text


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
