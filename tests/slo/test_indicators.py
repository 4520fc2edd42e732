"""What an indicator is made of, and what it measures as far as it says."""

import pytest

from dashboard.engine.default_slos import availability, latency, saturation
from dashboard.slo.indicators import (
    Column,
    Composite,
    Indicator,
    Measure,
    Op,
    Part,
    Query,
    Ratio,
    Raw,
    Threshold,
    terms,
)
from dashboard.slo.objective import Slo

ALL, BAD = Column("shop", "requests"), Column("shop", "errors", "server")
WITHIN, ANSWERED = Column("shop", "latency", "0.5"), Column("shop", "latency", "inf")
BUCKET = Ratio(Query("some_count"), good=Query('some_bucket{le="0.5"}'))


@pytest.mark.parametrize(
    ("indicator", "limit", "measure"),
    [
        (Ratio(ALL, bad=BAD), None, Measure.ERRORS),
        (Ratio(ALL, bad=BAD), 5.0, Measure.ERRORS),
        (Ratio(ANSWERED, good=WITHIN), 0.5, Measure.LATENCY),
        (Threshold(Column("shop", "quantile", "0.95"), Op.LTE, 0.2), 0.2, Measure.LATENCY),
        (Threshold(Column("shop", "age"), Op.LTE, 600.0), 600.0, Measure.AGE),
        (Threshold(Column("shop", "saturation", "memory"), Op.LTE, 0.9), 0.9, Measure.SATURATION),
        (Threshold(Column("shop", "usage", "queue"), Op.LTE, 50.0), 50.0, None),
        (BUCKET, 0.5, Measure.LATENCY),
        (BUCKET, None, None),
        (Threshold(Query("lag_seconds"), Op.LTE, 30.0), 30.0, None),
        (Raw(Query("ratio")), None, None),
        (Composite((Part(Ratio(ALL, bad=BAD), 0.99),)), None, None),
    ],
)
def test_the_measure_follows_from_the_indicator_whatever_the_slo_is_called(
    indicator: Indicator, limit: float | None, measure: Measure | None
) -> None:
    for kind in ("availability", "latency", "freshness", "staleness"):
        assert Slo("shop", "one", indicator, 0.9, kind=kind, limit=limit).measure is measure


def test_default_slos_say_what_they_measure() -> None:
    slos = (availability("shop"), latency("shop", 0.5), saturation("shop", "memory", 0.9, 0.99))
    assert [slo.measure for slo in slos] == [Measure.ERRORS, Measure.LATENCY, Measure.SATURATION]


def test_the_terms_of_a_composite_are_those_of_its_parts() -> None:
    parts = (Part(Ratio(ALL, bad=BAD), 0.99), Part(Threshold(Column("shop", "age"), Op.LTE, 60.0), 0.9))
    assert list(terms(Composite(parts))) == [ALL, BAD, Column("shop", "age")]
