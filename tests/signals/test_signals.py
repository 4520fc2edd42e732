"""The four signals over time: ratios of what was counted, NaN where there was nothing to count."""

import numpy as np
import pytest

from dashboard.signals import errors, latency, saturation, traffic
from tests.signals.rows import samples_of


def test_errors_are_split_by_whose_fault_they_are() -> None:
    ratios = errors.ratios(
        samples_of(10.0, errors__server=1.0, errors__client=2.0, latency__0_5=6.0, latency__inf=7.0), threshold=0.5
    )
    assert ratios.iloc[0].to_dict() == {"server": 0.1, "client": 0.2, "slow": 0.1}


def test_without_requests_there_is_no_error_ratio() -> None:
    assert errors.ratios(samples_of(0.0, errors__server=0.0), threshold=None).isna().all(axis=None)


@pytest.mark.parametrize("threshold", [None, 0.3])
def test_slow_requests_are_counted_at_a_bound_only(threshold: float | None) -> None:
    samples = samples_of(10.0, latency__0_5=6.0, latency__inf=7.0)
    assert errors.too_slow(samples, threshold) is None
    assert "slow" not in errors.ratios(samples, threshold=threshold)


def test_quantiles_come_from_buckets_else_from_the_source_else_there_are_none() -> None:
    counted = latency.quantiles(samples_of(10.0, latency__0_5=10.0, latency__inf=10.0, quantile__0_95=9.0))
    assert counted.iloc[0].to_dict() == pytest.approx({"0.5": 0.25, "0.95": 0.475, "0.99": 0.495})
    stated = samples_of(10.0, quantile__0_95=9.0)
    assert latency.quantiles(stated).iloc[0].to_dict() == {"0.95": 9.0}
    assert list(latency.quantiles(stated, measure="failed_latency")) == []
    assert list(latency.quantiles(samples_of(10.0))) == []


def test_traffic_and_saturation_are_columns_of_the_samples() -> None:
    samples = samples_of(10.0, saturation__cpu=0.4, usage__queue=12.0)
    assert traffic.rate(samples).tolist() == [10.0]
    assert saturation.ratios(samples).iloc[0].to_dict() == {"cpu": 0.4}
    assert saturation.usage(samples).iloc[0].to_dict() == {"queue": 12.0}
    assert np.isnan(traffic.rate(samples.drop(columns=[("requests", "")])).iloc[0])
