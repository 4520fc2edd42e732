"""What a chart says to somebody who does not see it."""

import numpy as np
import pandas as pd
import pytest

from dashboard.ui.panels.chart_names import name, over_since

NAN = float("nan")
BEGIN = 1_760_000_000


def series(*values: float) -> pd.Series:
    return pd.Series(values, pd.to_datetime(BEGIN + 15 * np.arange(len(values)), unit="s", utc=True), dtype=float)


@pytest.mark.parametrize(
    ("title", "value", "over", "want"),
    [
        ("Latency", "p99 <b>1.6 s</b>", "over the SLO since 13:48", "Latency p99 1.6 s, over the SLO since 13:48"),
        ("Traffic", "+4 % vs last &lt;b&gt; <b>12/s</b> at 13:48", "", "Traffic +4 % vs last <b> 12/s at 13:48"),
        ("Saturation", "", "", "Saturation"),
    ],
)
def test_a_name_is_the_head_in_plain_words(title: str, value: str, over: str, want: str) -> None:
    assert name(title, value, over) == want


@pytest.mark.parametrize(
    ("values", "row"),
    [
        ([1, 1, 3, 3, 3], 2),
        ([1, 3, 1, 3], 3),
        ([1, 3, NAN, 3, NAN], 1),
        ([NAN, 1, NAN, 3], 3),
        ([3, 3, 3], None),
        ([1, 3, 2], None),
        ([NAN, NAN], None),
        ([], None),
    ],
)
def test_it_is_over_since_the_first_of_the_newest_rows_that_all_are(values: list[float], row: int | None) -> None:
    assert over_since(series(*values), 2) == (None if row is None else BEGIN + 15 * row)


def test_what_is_not_measured_is_over_since_no_moment() -> None:
    assert over_since(None, 2) is None
