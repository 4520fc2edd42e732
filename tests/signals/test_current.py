"""The newest values of a service's signals: None where there is none, and each latency with the bucket it lies in."""

import numpy as np
import pandas as pd
import pytest

from dashboard.signals.current import CurrentValues, current_values, finite
from tests.signals.rows import samples_of


def test_no_traffic_is_neither_perfect_nor_broken() -> None:
    values = current_values(samples_of(0.0, errors__server=0.0, latency__0_5=0.0, latency__inf=0.0), threshold=0.5)
    assert values.traffic == 0
    assert values.errors == {"server": None, "slow": None}
    assert values.latency == {"0.5": None, "0.95": None, "0.99": None}


def test_what_is_not_measured_is_not_shown() -> None:
    assert current_values(samples_of(10.0), threshold=None).errors == {}


def test_without_any_value_nothing_is_known() -> None:
    assert current_values(samples_of(np.nan), threshold=0.5) == CurrentValues()


def test_a_quantile_comes_with_its_bucket() -> None:
    values = current_values(samples_of(10.0, latency__0_1=0.0, latency__0_5=10.0, latency__inf=10.0), threshold=None)
    assert values.latency["0.5"] == pytest.approx(0.3)
    assert values.latency_interval["0.5"] == (0.1, 0.5)


def test_quantiles_of_a_source_without_buckets_are_taken_as_they_are() -> None:
    values = current_values(samples_of(10.0, quantile__0_95=0.2, mean__=0.1), threshold=None)
    assert values.latency == {"0.95": 0.2}
    assert values.latency_interval == {}
    assert values.mean_latency == 0.1


def test_the_most_used_resource_is_the_one_nearest_to_its_limit() -> None:
    values = current_values(
        samples_of(1.0, saturation__cpu=0.4, saturation__memory=0.7, usage__queue=12.0), threshold=None
    )
    assert values.most_used == ("memory", 0.7)
    assert values.usage == {"queue": 12.0}
    assert CurrentValues().most_used is None


def test_the_newest_row_that_holds_anything_counts() -> None:
    full, empty = samples_of(7.0), samples_of(np.nan)
    both = pd.concat([full, empty.set_index(empty.index + pd.Timedelta(seconds=15))])
    values = current_values(both, threshold=None)
    assert values.traffic == 7.0
    assert values.time == full.index[0].timestamp()


def test_buckets_are_read_in_the_order_of_their_bounds() -> None:
    values = current_values(samples_of(10.0, latency__10=10.0, latency__2_5=5.0, latency__inf=10.0), threshold=None)
    assert values.latency["0.95"] == pytest.approx(9.25)
    assert values.latency_interval["0.95"] == (2.5, 10.0)


def test_slow_requests_are_never_fewer_than_none() -> None:
    values = current_values(samples_of(10.0, latency__0_5=6.001, latency__inf=6.0), threshold=0.5)
    assert values.errors == {"slow": 0.0}


@pytest.mark.parametrize(("value", "known"), [(1.5, 1.5), (0.0, 0.0), (np.nan, None), (np.inf, None), (-np.inf, None)])
def test_what_is_not_finite_is_not_known(value: float, known: float | None) -> None:
    assert finite(value) == known
