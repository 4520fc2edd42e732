"""The PromQL of events counts as the engine does: sums before they are divided, weights, absent failures, slices."""

import promql_parser
import pytest

from dashboard.rules.event_queries import (
    EventQueries,
    bad_share_of_slice,
    current_value,
    decimal_text,
    events_over,
    half_open_range,
    is_counter,
    is_zero_when_absent,
    simple_indicators,
    window_in_words,
)
from dashboard.slo.indicators import Column, Composite, Op, Part, Query, Ratio, Raw, Simple, Term, Threshold
from dashboard.slo.objective import Method, Slo

ALL, BAD, OK = (Query(name, counter=True) for name in ("all", "bad", "ok"))
SEEN, LOST, QUEUE = Query("seen"), Query("lost"), Query("queue")
INCREASE = "sum(increase({}[1h]))"
REQUESTS, ERRORS = Column("shop", "requests"), Column("shop", "errors", "server")
FAST, ANY = Column("shop", "latency", "0.3"), Column("shop", "latency", "inf")


def expression(term: Term) -> str:
    return term.text if isinstance(term, Query) else f'{term.measure}{{le="{term.detail}"}}'


def slo_of(indicator: Simple | Composite, objective: float = 0.99, **how: object) -> Slo:
    return Slo("shop", "works", indicator, objective, **how)  # type: ignore[arg-type]


def sliced(indicator: Simple | Composite, method: Method = Method.TIMESLICES, **how: object) -> Slo:
    return slo_of(indicator, method=method, slice_s=300, **how)


def counted(*names: str) -> list[str]:
    return [INCREASE.format(name) for name in names]


@pytest.mark.parametrize(
    ("indicator", "bad", "valid"),
    [
        (Ratio(ALL, bad=BAD), "({1} or 0 * {0})", "{0}"),
        (Ratio(ALL, good=OK), "({0} - ({2} or 0 * {0}))", "{0}"),
        (
            Ratio(REQUESTS, bad=ERRORS),
            '(sum(increase(errors{{le="server"}}[1h])) or 0 * sum(increase(requests{{le=""}}[1h])))',
            'sum(increase(requests{{le=""}}[1h]))',
        ),
        (
            Ratio(ANY, good=FAST),
            '(sum(increase(latency{{le="inf"}}[1h])) - sum(increase(latency{{le="0.3"}}[1h])))',
            'sum(increase(latency{{le="inf"}}[1h]))',
        ),
        (
            Ratio(SEEN, bad=LOST),
            "(sum_over_time(sum(lost)[3599s:5m]) or 0 * sum_over_time(sum(seen)[3599s:5m]))",
            "sum_over_time(sum(seen)[3599s:5m])",
        ),
        (
            Ratio(ALL, bad=LOST),
            "(sum_over_time(sum(lost)[3599s:5m]) or 0 * {0})",
            "{0}",
        ),
    ],
    ids=["bad events", "good events", "columns", "buckets", "gauges", "a gauge beside a counter"],
)
def test_events_of_a_ratio(indicator: Ratio, bad: str, valid: str) -> None:
    names = counted("all", "bad", "ok")
    queries = events_over(slo_of(indicator), expression, "1h")
    assert queries == EventQueries(bad.format(*names), valid.format(*names))
    for query in (queries.bad, queries.valid, queries.error_ratio):
        promql_parser.parse(query)


def test_the_error_ratio_has_no_sample_without_valid_events() -> None:
    assert EventQueries("bad", "valid").error_ratio == "bad / (valid > 0)"


def test_gauges_of_a_row_are_their_value() -> None:
    assert events_over(slo_of(Ratio(SEEN, bad=LOST)), expression, "5m") == EventQueries(
        "(sum(lost) or 0 * sum(seen))", "sum(seen)"
    )


def test_parts_of_a_composite_are_weighted_by_their_budgets() -> None:
    # The whole has a budget of 1 %: a failure of a part with 5 % costs a fifth of one, twice over by its weight.
    parts = (Part(Ratio(ALL, bad=BAD), 0.99), Part(Ratio(OK, bad=BAD), 0.95, weight=2.0))
    all_of_it, bad, fine = counted("all", "bad", "ok")
    assert events_over(slo_of(Composite(parts)), expression, "1h") == EventQueries(
        f"(({bad} or 0 * {all_of_it}) + 0.4 * ({bad} or 0 * {fine}))", f"({all_of_it} + {fine})"
    )


@pytest.mark.parametrize("indicator", [Raw(QUEUE), Threshold(QUEUE, Op.LT, 5)], ids=["raw", "a threshold"])
def test_what_is_not_counted_has_no_events(indicator: Simple) -> None:
    with pytest.raises(ValueError, match=r"^its indicator has no counts$"):
        events_over(slo_of(indicator), expression, "1h")


@pytest.mark.parametrize(
    ("indicator", "how", "share"),
    [
        (Threshold(QUEUE, Op.LTE, 5), {}, "((sum(queue) >= -Inf) > bool 5)"),
        (Threshold(QUEUE, Op.LT, 5), {}, "((sum(queue) >= -Inf) >= bool 5)"),
        (Threshold(QUEUE, Op.GTE, 0.25), {}, "((sum(queue) >= -Inf) < bool 0.25)"),
        (Threshold(QUEUE, Op.GT, -3), {}, "((sum(queue) >= -Inf) <= bool -3)"),
        (Threshold(ALL, Op.LTE, 5), {}, "((sum(increase(all[5m])) >= -Inf) > bool 5)"),
        (Raw(QUEUE), {"slice_target": 0.9}, "((sum(queue) >= -Inf) < bool 0.9)"),
        (Raw(QUEUE, success=False), {"slice_target": 0.98}, "((sum(queue) >= -Inf) > bool 0.02)"),
        (Raw(QUEUE), {}, "((sum(queue) >= -Inf) < bool 0.99)"),
        (Raw(QUEUE, success=False), {}, "((sum(queue) >= -Inf) > bool 0.01)"),
        (Raw(QUEUE), {"method": Method.RATIO_TIMESLICES}, "(1 - (sum(queue) >= -Inf))"),
        (Raw(QUEUE, success=False), {"method": Method.OCCURRENCES}, "(sum(queue) >= -Inf)"),
        (
            Ratio(ALL, good=OK), {"slice_target": 0.9},
            "(((sum(increase(all[5m])) - (sum(increase(ok[5m])) or 0 * sum(increase(all[5m])))) / "
            "(sum(increase(all[5m])) > 0)) > bool 0.1)",
        ),
    ],
)  # fmt: skip
def test_how_bad_a_slice_is(indicator: Simple, how: dict[str, object], share: str) -> None:
    query = bad_share_of_slice(sliced(indicator, **how), expression, "5m")  # type: ignore[arg-type]
    assert query == share
    promql_parser.parse(query)


HALVES = Composite((Part(Raw(QUEUE, success=False), 0.99), Part(Raw(SEEN, success=False), 0.95, weight=2.0)))
FIRST, SECOND = "(sum(queue) >= -Inf)", "(sum(seen) >= -Inf)"


@pytest.mark.parametrize(
    ("method", "share"),
    [
        (Method.RATIO_TIMESLICES, f"({FIRST} + 2 * {SECOND})"),
        (Method.OCCURRENCES, f"({FIRST} + 0.4 * {SECOND})"),
        (
            Method.TIMESLICES,
            f"(({FIRST} > bool 0.01) > 0 or ({SECOND} > bool 0.01) > 0 or ({FIRST} > bool 0.01) + ({SECOND} > bool "
            "0.01))",
        ),
    ],
)
def test_how_bad_a_slice_of_several_parts_is(method: Method, share: str) -> None:
    assert bad_share_of_slice(sliced(HALVES, method), expression, "5m") == share


def test_the_age_of_data_cannot_be_queried() -> None:
    age = Column("shop", "age")
    message = r"^the age of its data is measured by golden-signals, and no server can be asked for it$"
    with pytest.raises(ValueError, match=message):
        current_value(age, expression)
    with pytest.raises(ValueError, match=message):
        bad_share_of_slice(sliced(Threshold(age, Op.LT, 60)), expression, "5m")


@pytest.mark.parametrize(
    ("term", "value"),
    [
        (Query("x", True), "sum(x)"),
        (Query("sum(rate(x[{{.window}}]))"), "sum(rate(x[5m]))"),
        (Query("max(x)"), "max(x)"),
        (REQUESTS, 'sum(requests{le=""})'),
    ],
    ids=["a counter", "a template", "one series", "a column"],
)
def test_a_term_as_it_stands_now(term: Term, value: str) -> None:
    assert current_value(term, expression) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (14.4, "14.4"), (14.4 * 0.001, "0.0144"), (0.1 + 0.2, "0.3"), (1e-9, "1e-09"), (2592000.0, "2592000"),
        (1 - 0.999, "0.001"), (0.0, "0"), (1 / 3, "0.33333333333333"), (1e15, "1e+15"),
    ],
)  # fmt: skip
def test_numbers_have_no_noise_of_floating_point(value: float, text: str) -> None:
    assert decimal_text(value) == text


@pytest.mark.parametrize(
    ("window", "text"),
    [
        ("30s", "30 seconds"), ("1m", "one minute"), ("5m", "5 minutes"), ("1h", "one hour"), ("6h", "6 hours"),
        ("1d", "one day"), ("30d", "30 days"), ("1w", "one week"), ("1h30m", "1h30m"), ("x", "x"), ("", ""),
    ],
)  # fmt: skip
def test_windows_have_words(window: str, text: str) -> None:
    assert window_in_words(window) == text


@pytest.mark.parametrize(("seconds", "text"), [(60, "59s"), (3600, "3599s"), (2592000.0, "2591999s"), (90.4, "89s")])
def test_a_range_leaves_out_one_end(seconds: float, text: str) -> None:
    assert half_open_range(seconds) == text


@pytest.mark.parametrize(
    ("term", "counter"),
    [
        (ALL, True), (QUEUE, False), (REQUESTS, True), (ERRORS, True), (FAST, True),
        (Column("shop", "failed_latency", "1"), True), (Column("shop", "saturation", "memory"), False),
        (Column("shop", "mean"), False), (Column("shop", "quantile", "0.9"), False),
    ],
    ids=lambda value: getattr(value, "measure", None) or getattr(value, "text", None),
)  # fmt: skip
def test_events_count_up(term: Term, counter: bool) -> None:
    assert is_counter(term) is counter


@pytest.mark.parametrize(
    ("term", "is_zero"), [(ALL, True), (QUEUE, True), (ERRORS, True), (FAST, False), (REQUESTS, False), (None, False)]
)
def test_only_failures_are_none_when_they_are_absent(term: Term | None, is_zero: bool) -> None:
    assert is_zero_when_absent(term) is is_zero


def test_a_composite_has_the_indicators_of_its_parts() -> None:
    assert simple_indicators(HALVES) == [Raw(QUEUE, success=False), Raw(SEEN, success=False)]
    assert simple_indicators(Raw(QUEUE)) == [Raw(QUEUE)]
