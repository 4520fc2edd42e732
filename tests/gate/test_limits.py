"""Limits as they are written."""

import pytest

from dashboard.gate.limits import FORM, Kind, Limit, limit_of


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("error_ratio<=0.02", Limit("error_ratio<=0.02", Kind.ERRORS, True, 0.02)),
        (" error_ratio <= 2% ", Limit("error_ratio <= 2%", Kind.ERRORS, True, 0.02)),
        ("latency_p99_s<=0.5", Limit("latency_p99_s<=0.5", Kind.LATENCY, True, 0.5, quantile=0.99)),
        ("latency_p50_s <= 5e-2", Limit("latency_p50_s <= 5e-2", Kind.LATENCY, True, 0.05, quantile=0.5)),
        ("latency_p99_s<=500ms", Limit("latency_p99_s<=500ms", Kind.LATENCY, True, 0.5, quantile=0.99)),
        ("latency_p99_s<=.5s", Limit("latency_p99_s<=.5s", Kind.LATENCY, True, 0.5, quantile=0.99)),
        ("traffic_per_s>=10", Limit("traffic_per_s>=10", Kind.TRAFFIC, False, 10.0)),
        ("saturation.db-pool<=90%", Limit("saturation.db-pool<=90%", Kind.SATURATION, True, 0.9, resource="db-pool")),
    ],
)
def test_a_limit_has_the_words_of_the_status(text: str, limit: Limit) -> None:
    assert limit_of(text) == limit


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", f"expected a limit {FORM}"),
        ("errors<=2%", f"expected a limit {FORM}"),
        ("error_ratio<0.02", f"expected a limit {FORM}"),
        ("error_ratio<=-1", f"expected a limit {FORM}"),
        ("error_ratio<=2", "a ratio lies between 0 and 1, such as 0.02 or 2%"),
        ("error_ratio>=0.1", "an error ratio or a latency is bounded from above: write <="),
        ("latency_p99_s<=0", "expected a latency of p01 to p99 above 0, in seconds or as 500ms"),
        ("latency_p99_s<=50%", "expected a latency of p01 to p99 above 0, in seconds or as 500ms"),
        ("latency_p99_s<=1e999", "its bound is no number"),
        ("traffic_per_s>=10%", "traffic is bounded in requests per second, without a unit"),
        ("error_ratio<=5ms", "a ratio lies between 0 and 1, such as 0.02 or 2%"),
        ("latency_p00_s<=1", "expected a latency of p01 to p99 above 0, in seconds or as 500ms"),
    ],
)
def test_what_is_no_limit_says_what_is_expected(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=r"\w") as refused:
        limit_of(text)
    assert str(refused.value) == said
