"""One description of traffic: as series for promtool and as answers for the engine, which agree to the last event."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard.rules.synthetic_traffic import ORIGIN, Course, Phase, SyntheticSlo, engine_reports
from dashboard.slo.indicators import Composite, Op, Part, Query, Ratio, Raw, Simple, Term, Threshold
from dashboard.slo.objective import Method, Slo
from dashboard.timerange import Grid

RATIO = Ratio(Query("sum(all)", counter=True), bad=Query('sum(all{code="500"})', counter=True))
WORKS = Slo("shop", "works", RATIO, 0.99)
LEVEL = Threshold(Query("queue"), Op.LTE, 5)
PHASES = (Phase(10, 5.0, 100.0), Phase(5, 0.0, 50.0))


def expression(term: Term) -> str:
    assert isinstance(term, Query)
    return term.text


def synthetic(indicator: Simple | Composite, method: Method = Method.OCCURRENCES) -> SyntheticSlo:
    slice_s = 0 if method is Method.OCCURRENCES else 300
    return SyntheticSlo.of(Slo("shop", "works", indicator, 0.99, method=method, slice_s=slice_s), expression)


def grid(start: int, end: int, step: int = 60) -> Grid:
    """Minutes from the origin."""
    return Grid(ORIGIN + start * 60, ORIGIN + end * 60, step)


@pytest.mark.parametrize(
    ("course", "text"),
    [
        (Course((10,), (5.0,), True), "0+5x10"),
        (Course((10, 5), (5.0, 0.0), True), "0+5x10 50+0x4"),
        (Course((10, 5), (95.0, 50.0), True), "0+95x10 1000+50x4"),
        (Course((10, 5), (7.0, 3.0), False), "7+0x10 3+0x4"),
        (Course((2, 1, 3), (0.5, 0.0, 0.25), True), "0+0.5x2 1+0x0 1.25+0.25x2"),
        (Course((3,), (1e-9,), False), "0.000000001+0x3"),
        (Course((3,), (-0.0,), False), "0+0x3"),
        (Course((3,), (1e6,), True), "0+1000000x3"),
    ],
    ids=[
        "a counter",
        "one that stops",
        "one that slows down",
        "a gauge",
        "three phases",
        "tiny",
        "minus zero",
        "large",
    ],
)
def test_a_course_as_promtool_reads_it(course: Course, text: str) -> None:
    assert str(course) == text


@pytest.mark.parametrize(
    ("course", "values"),
    [
        (Course((2, 2), (5.0, 1.0), True), [np.nan, np.nan, 5.0, 5.0, 1.0, 1.0, 0.0]),
        (Course((2, 2), (5.0, 1.0), False), [np.nan, 5.0, 5.0, 5.0, 1.0, 1.0, 1.0]),
    ],
    ids=["a counter rises and then stands still", "a gauge changes in the minute after a phase"],
)
def test_a_course_as_a_source_answers_it(course: Course, values: list[float]) -> None:
    np.testing.assert_allclose(course.answer(grid(-1, 5)), values)


def test_a_counter_over_longer_steps_counts_what_lies_between() -> None:
    course = Course((10, 10), (5.0, 1.0), True)
    np.testing.assert_allclose(course.answer(grid(5, 20, 300)), [25.0, 25.0, 5.0, 5.0])


@pytest.mark.parametrize("course", [Course((10, 5), (5.0, 2.0), True), Course((1, 9, 5), (0.0, 3.0, 7.0), True)])
def test_promtool_and_the_engine_see_equal_events(course: Course) -> None:
    samples: list[float] = []
    for part in str(course).split():
        first, _, rest = part.partition("+")
        rise, _, count = rest.partition("x")
        samples += [float(first) + float(rise) * place for place in range(int(count) + 1)]
    assert len(samples) == sum(course.minutes) + 1
    np.testing.assert_allclose(np.diff(samples), course.answer(grid(1, sum(course.minutes))))


@pytest.mark.parametrize(
    ("indicator", "series"),
    [
        (RATIO, {'all{code="500"}': "0+5x10 50+0x4", 'all{code="200"}': "0+95x10 1000+50x4"}),
        (
            Ratio(Query("sum(all)", True), good=Query('sum(all{code="200"})', True)),
            {'all{code="200"}': "0+95x10 1000+50x4", 'all{code="x"}': "0+5x10 50+0x4"},
        ),
        (
            Ratio(Query("sum(ok) + sum(bad)", True), bad=Query("sum(bad)", True)),
            {"ok{}": "0+95x10 1000+50x4", "bad{}": "0+5x10 50+0x4"},
        ),
        (LEVEL, {"queue{}": "10+0x10 0+0x4"}),
        (replace(LEVEL, op=Op.GTE), {"queue{}": "0+0x10 10+0x4"}),
        (Threshold(Query("2 * queue"), Op.LT, 50.0), {"queue{}": "50+0x10 0+0x4"}),
        (Raw(Query("ratio")), {"ratio{}": "0.95+0x10 1+0x4"}),
        (Raw(Query("max(ratio)"), success=False), {"ratio{}": "0.05+0x10 0+0x4"}),
    ],
    ids=["bad events", "good events", "a sum", "a threshold", "a least value", "a factor", "raw", "raw failures"],
)
def test_what_there_is_to_be_scraped(indicator: Simple, series: dict[str, str]) -> None:
    method = Method.OCCURRENCES if isinstance(indicator, Ratio) else Method.TIMESLICES
    courses = {str(name): str(course) for name, course in synthetic(indicator, method).series(PHASES)}
    assert courses == series


def test_failures_that_never_happen_have_no_series() -> None:
    healthy = dict(synthetic(RATIO).series([Phase(10, 0.0, 100.0)]))
    assert [str(series) for series in healthy] == ['all{code="200"}']


def test_a_source_answers_each_term() -> None:
    answers = synthetic(RATIO).answers(PHASES)
    assert answers == {
        ("", "increase", "sum(all)"): Course((10, 5), (100.0, 50.0), True),
        ("", "increase", 'sum(all{code="500"})'): Course((10, 5), (5.0, 0.0), True),
    }


def test_the_traffic_of_one_slo_may_interfere_with_another() -> None:
    other = Ratio(Query("sum(all)", True), bad=Query('sum(all{code="404"})', True))
    apart = Ratio(Query("sum(every)", True), bad=Query('sum(every{code="404"})', True))
    assert synthetic(RATIO).interferes(synthetic(other))
    assert synthetic(other).interferes(synthetic(RATIO))
    assert not synthetic(RATIO).interferes(synthetic(apart))


@pytest.mark.parametrize(
    ("indicator", "why"),
    [
        (Threshold(Query("x", counter=True), Op.LT, 5), "a limit on the increase of a counter cannot be given a level"),
        (Ratio(Query("sum(x)", True), bad=Query("y")), "only one of its sides is a counter"),
        (Ratio(Query("sum(x)", True), bad=Query("sum(x)", True)),
         "no series were found that tell good events from bad ones"),
        (Ratio(Query("sum(x) / sum(z)", True), bad=Query("sum(y)", True)),
         "its query does more than add series up: /"),
        (Threshold(Query("max(x) / max(y)"), Op.LT, 5), "its query does more than add series up: /"),
        (Raw(Query("x[5m")), "`x[5m` is not valid PromQL: "),
        (Composite((Part(RATIO, 0.9), Part(RATIO, 0.99))), "its parts count the same series"),
    ],
    ids=["a limit of a counter", "half a counter", "equal sides", "a quotient", "a quotient of values", "no PromQL",
         "parts that share series"],
)  # fmt: skip
def test_what_traffic_cannot_be_made_for_says_why(indicator: Simple | Composite, why: str) -> None:
    with pytest.raises(ValueError, match=r"^[^\n]+$") as caught:
        synthetic(indicator, Method.OCCURRENCES if isinstance(indicator, Ratio | Composite) else Method.TIMESLICES)
    assert str(caught.value).startswith(why)


@pytest.mark.parametrize(
    ("phases", "rate"),
    [((Phase(30, 1.0, 100.0),), 1.0), ((Phase(30, 0.0, 100.0),), 0.0), ((Phase(30, 100.0, 100.0),), 100.0)],
    ids=["at the allowed rate", "healthy", "an outage"],
)
def test_the_engine_judges_the_traffic(phases: tuple[Phase, ...], rate: float) -> None:
    slo = SyntheticSlo.of(WORKS, expression)
    (report,) = engine_reports({slo: phases}, 30)
    assert {burn.window_s: burn.rate for burn in report.burn}[300] == pytest.approx(rate)


def test_reports_come_in_the_order_of_the_slos() -> None:
    other = replace(WORKS, name="other", objective=0.9)
    slos = [SyntheticSlo.of(slo, expression) for slo in (WORKS, other)]
    reports = engine_reports({slo: (Phase(15, 1.0, 100.0),) for slo in slos}, 15)
    assert [report.slo.name for report in reports] == ["works", "other"]
