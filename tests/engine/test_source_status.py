"""Every way from one state of the source to another, and what a status keeps and drops on the way."""

from dataclasses import replace
from typing import Any

import pytest

from dashboard import frames
from dashboard.engine.default_slos import availability
from dashboard.engine.source_status import (
    DOWN_AFTER,
    HistoryProgress,
    SourceState,
    SourceStatus,
    Trouble,
    after_answer,
    after_failure,
)
from dashboard.exceptions import AccessDenied, DashboardError, QueryRejected, SourceTimeout, SourceUnavailable
from dashboard.slo.report import SloReport, State
from dashboard.sources.protocol import Answer, Problem, QueryCost
from dashboard.timerange import Grid

NOW, PATIENCE = 1_700_000_000.0, 60.0
EMPTY_FRAME = frames.samples({}, Grid(0, 0, 15))
STARTING = SourceStatus("prometheus", "http://a", SourceState.STARTING)
FAILURE = SourceUnavailable("connection refused")


def answer(newest: float | None = NOW, **more: Any) -> Answer:
    return replace(Answer(EMPTY_FRAME, newest=newest), **more)


def answered(
    before: SourceStatus, *answers: Answer, slos: tuple[SloReport, ...] = (), reading: HistoryProgress | None = None
) -> SourceStatus:
    return after_answer(before, answers, slos, now=NOW, stale_after_s=PATIENCE, reading=reading)


def slo(measured_at: float | None, *, stale: bool) -> SloReport:
    """The report of an SLO whose service no signal tells of."""
    empty = SloReport(availability("shop"), State.NO_DATA, NOW, 0.0, NOW, None, None, 0.0, None, None, None)
    return replace(empty, measured_at=measured_at, stale=stale)


OK = answered(STARTING, answer())
STALE = answered(STARTING, answer(NOW - 600))
DOWN = after_failure(STARTING, FAILURE, in_row=1, now=NOW)
EVERY = [STARTING, OK, STALE, DOWN]
IDS = ["starting", "ok", "stale", "down"]


# --- the states ------------------------------------------------------------------------------------------------------


def test_the_four_begin_where_they_are_named() -> None:
    assert [status.state for status in EVERY] == list(SourceState)


@pytest.mark.parametrize("before", EVERY, ids=IDS)
def test_a_fresh_sample_makes_any_source_ok(before: SourceStatus) -> None:
    status = answered(before, answer())
    assert (status.state, status.trouble, status.error, status.error_kind) == (SourceState.OK, None, None, None)


@pytest.mark.parametrize("before", EVERY, ids=IDS)
@pytest.mark.parametrize(
    ("newest", "state", "trouble"),
    [
        (NOW - PATIENCE, SourceState.OK, None),
        (NOW - PATIENCE - 1, SourceState.STALE, Trouble.NOTHING_NEW),
        (NOW + PATIENCE, SourceState.OK, None),
        (NOW + PATIENCE + 1, SourceState.STALE, Trouble.FROM_THE_FUTURE),
        (None, SourceState.STALE, Trouble.NO_DATA),
    ],
    ids=["just fresh", "just too old", "a clock ahead", "from the future", "nothing at all"],
)
def test_what_the_newest_sample_says_of_a_source_that_answers(
    before: SourceStatus, newest: float | None, state: SourceState, trouble: Trouble | None
) -> None:
    status = answered(before, answer(newest))
    assert (status.state, status.trouble, status.newest) == (state, trouble, newest)


@pytest.mark.parametrize(
    ("before", "in_row", "state"),
    [
        (STARTING, 1, SourceState.DOWN),
        (OK, 1, SourceState.STALE),
        (OK, DOWN_AFTER - 1, SourceState.STALE),
        (OK, DOWN_AFTER, SourceState.DOWN),
        (STALE, 1, SourceState.STALE),
        (STALE, DOWN_AFTER, SourceState.DOWN),
        (DOWN, 2, SourceState.DOWN),
        (answered(STARTING, answer(None)), 1, SourceState.DOWN),
    ],
    ids=["never seen", "seen", "seen, twice", "seen, thrice", "stale", "stale, thrice", "down", "seen without data"],
)
def test_a_failure_makes_what_was_seen_stale_and_what_stays_away_down(
    before: SourceStatus, in_row: int, state: SourceState
) -> None:
    assert after_failure(before, FAILURE, in_row=in_row, now=NOW).state is state


# --- where only SLOs tell of a service -------------------------------------------------------------------------------


def test_an_slo_that_is_measured_now_keeps_a_source_without_new_samples_ok() -> None:
    """An hourly job's SLO is measured at its last row, which is older than samples may be."""
    status = answered(OK, answer(None), slos=(slo(NOW - 1800, stale=False),))
    assert (status.state, status.trouble, status.newest) == (SourceState.OK, None, NOW - 1800)


def test_slos_that_are_all_stale_do_not() -> None:
    status = answered(OK, answer(None), slos=(slo(NOW - 7200, stale=True), slo(NOW - 3600, stale=True)))
    assert (status.state, status.trouble) == (SourceState.STALE, Trouble.NOTHING_NEW)
    assert status.newest == NOW - 3600


def test_one_of_several_is_enough() -> None:
    status = answered(OK, answer(NOW - 600), slos=(slo(NOW - 7200, stale=True), slo(NOW - 500, stale=False)))
    assert (status.state, status.newest) == (SourceState.OK, NOW - 500)


def test_an_slo_that_was_never_measured_is_no_data() -> None:
    status = answered(OK, answer(None), slos=(slo(None, stale=False),))
    assert (status.state, status.trouble, status.newest) == (SourceState.STALE, Trouble.NO_DATA, None)


# --- what a status holds ---------------------------------------------------------------------------------------------


def test_the_newest_sample_of_all_answers_counts() -> None:
    assert answered(OK, answer(NOW - 600), answer(None), answer(NOW - 30)).newest == NOW - 30


def test_costs_are_those_of_all_answers_and_rows_those_of_the_live_window() -> None:
    live = answer(costs=(QueryCost("a", "live", 0.1, 10, 1, 1),), rows=1000, bad_rows=3)
    minutes = answer(costs=(QueryCost("b", "minutes", 0.1, 10, 1, 1),), rows=5000, bad_rows=9)
    status = answered(OK, live, minutes)
    assert [cost.query for cost in status.costs] == ["a", "b"]
    assert (status.rows, status.bad_rows) == (1000, 3)


def test_a_problem_that_several_answers_name_is_said_once_in_their_order() -> None:
    late, bad = Problem("q", "a store is missing"), Problem("a.csv:7", "no time")
    status = answered(OK, answer(problems=(late, bad)), answer(problems=(bad, late)))
    assert status.problems == (late, bad)


@pytest.mark.parametrize("partial", [(False, False), (True, False), (False, True)])
def test_one_answer_in_part_makes_the_picture_partial(partial: tuple[bool, bool]) -> None:
    assert answered(OK, *(answer(partial=part) for part in partial)).partial is any(partial)


def test_a_refresh_counts_once_and_not_while_it_still_reads_the_history() -> None:
    reading = answered(OK, answer(), reading=HistoryProgress(1, 9))
    assert (reading.ticks, reading.reading) == (OK.ticks, HistoryProgress(1, 9))
    done = answered(reading, answer())
    assert (done.ticks, done.reading) == (OK.ticks + 1, None)


def test_a_failure_keeps_what_was_known_and_says_what_it_failed_with() -> None:
    status = after_failure(OK, SourceTimeout("no answer within 30 s"), in_row=1, now=NOW + 15)
    assert (status.error, status.error_kind) == ("no answer within 30 s", "timeout")
    assert (status.newest, status.answered, status.ticks) == (OK.newest, NOW, OK.ticks)
    assert (status.failures, status.last_error_at) == (1, NOW + 15)


def test_a_failure_ends_the_reading_of_the_history_and_the_trouble_of_the_data() -> None:
    reading = answered(STARTING, answer(NOW - 600), reading=HistoryProgress(3, 9))
    assert reading.trouble is Trouble.NOTHING_NEW
    status = after_failure(reading, FAILURE, in_row=1, now=NOW)
    assert (status.reading, status.trouble) == (None, None)


def test_the_last_error_stays_after_the_source_recovered() -> None:
    recovered = answered(after_failure(OK, FAILURE, in_row=1, now=NOW), answer())
    assert (recovered.error, recovered.last_error, recovered.last_error_at) == (None, "connection refused", NOW)
    assert recovered.failures == 1


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (FAILURE, "unavailable"),
        (QueryRejected("bad"), "query"),
        (AccessDenied("401"), "auth"),
        (DashboardError("internal error in the refresh: 'x'"), "internal"),
    ],
    ids=["unavailable", "query", "auth", "a fault of ours"],
)
def test_the_kind_of_an_error_is_its_own_and_that_of_a_fault_of_ours_internal(error: DashboardError, kind: str) -> None:
    assert after_failure(OK, error, in_row=1, now=NOW).error_kind == kind


@pytest.mark.parametrize(
    ("newest", "age"),
    [(None, None), (NOW - 40, 40.0), (NOW, 0.0), (NOW + 30, 0.0)],
    ids=["none", "old", "new", "ahead"],
)
def test_data_are_never_younger_than_now(newest: float | None, age: float | None) -> None:
    assert replace(OK, newest=newest).age(NOW) == age
