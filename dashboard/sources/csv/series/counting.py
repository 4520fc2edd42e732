"""Computes requests and failures of services from the numbers of series."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dashboard.outcomes import Outcome, Vocabulary
from dashboard.sources.csv.rows.rows import CellValues
from dashboard.sources.csv.series.series import Series
from dashboard.sources.csv.tables.table import UNKNOWN_OUTCOME, Key


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers of series, each array of shape (numbers,).

    Attributes:
        moment: indices of `times`. `series`: indices of their series.
        value: counts of their interval, or in the unit of their signal; never NaN.
        times: epoch seconds, shape (moments,).
    """

    moment: np.ndarray
    series: np.ndarray
    value: np.ndarray
    times: np.ndarray

    def only(self, chosen: np.ndarray) -> "Numbers":
        """Some of the numbers; `chosen`: shape (numbers,)."""
        return Numbers(self.moment[chosen], self.series[chosen], self.value[chosen], self.times)


@dataclass(frozen=True, slots=True)
class Roles:
    """The role of each series for its service, each array of shape (series,).

    Attributes:
        service: indices of `services`.
        total, by_status: it contains all requests, or those of one outcome, of a service.
        failed, client, unknown: its numbers are counted as such.
        services: names.
        has_total, is_complete, tells_failed, tells_client, tells_unknown: for each service, whether its file has series
            of all requests, or of each status, or with such outcomes, shape (services,).
    """

    service: np.ndarray
    total: np.ndarray
    by_status: np.ndarray
    failed: np.ndarray
    client: np.ndarray
    unknown: np.ndarray
    services: list[str]
    has_total: np.ndarray
    is_complete: np.ndarray
    tells_failed: np.ndarray
    tells_client: np.ndarray
    tells_unknown: np.ndarray

    @classmethod
    def of(cls, series: Sequence[Series], vocabulary: Vocabulary) -> "Roles":
        """The roles of series of requests.

        Args:
            series: all series of a file. `vocabulary`: the words for outcomes.
        """
        services = list(dict.fromkeys(each.service for each in series))
        place = {name: number for number, name in enumerate(services)}
        service = np.array([place[each.service] for each in series], dtype=np.intp)
        outcome = np.array([each.outcome(vocabulary) or "" for each in series], dtype=object)
        requests = np.array([each.signal == "requests" for each in series], dtype=bool)
        total, by_status = requests & (outcome == ""), requests & (outcome != "")
        failed, client, unknown = (outcome == kind for kind in (Outcome.FAILED, Outcome.CLIENT, Outcome.UNKNOWN))

        def any_of(chosen: np.ndarray) -> np.ndarray:
            return np.bincount(service[chosen], minlength=len(services)) > 0

        # If each status has its own series, a missing status means zero requests.
        has_total = any_of(total)
        complete = any_of(by_status) & ~has_total
        return cls(
            service, total, by_status, failed, client, unknown, services, has_total, complete,
            tells_failed=any_of(failed) | complete, tells_client=any_of(client) | complete,
            tells_unknown=any_of(unknown),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ServiceCounts:
    """Counts of services at several times, each array of shape (counts,).

    Attributes:
        moment: indices of the times. `service`: codes. `requests`, …: NaN if unknown.
    """

    moment: np.ndarray
    service: np.ndarray
    requests: np.ndarray
    failed: np.ndarray
    client: np.ndarray
    unknown: np.ndarray

    @classmethod
    def of(cls, numbers: Numbers, roles: Roles) -> "ServiceCounts":
        """Numbers of series summed by service and time.

        Args:
            numbers: counts. `roles`: of their series.
        """
        count = len(roles.services)
        inverse = numbers.moment * count + roles.service[numbers.series]
        group = np.arange(len(numbers.times) * count)
        if len(group) > 2 * len(inverse):
            group, inverse = np.unique(inverse, return_inverse=True)
        moment, service = group // count, group % count

        def summed(chosen: np.ndarray) -> np.ndarray:
            sums: np.ndarray = np.bincount(
                inverse, weights=numbers.value * chosen[numbers.series], minlength=len(group)
            )  # fmt: skip
            return sums

        def present(chosen: np.ndarray) -> np.ndarray:
            there: np.ndarray = np.bincount(inverse[chosen[numbers.series]], minlength=len(group)) > 0
            return there

        has_total = roles.has_total[service]
        requests = np.where(has_total, summed(roles.total), summed(roles.by_status))
        known = np.where(has_total, present(roles.total), present(roles.by_status))

        def outcome_counts(chosen: np.ndarray, of_service: np.ndarray) -> np.ndarray:
            return np.where(of_service[service] & (known | present(chosen)), summed(chosen), np.nan)

        return cls(
            moment, service, np.where(known, requests, np.nan), outcome_counts(roles.failed, roles.tells_failed),
            outcome_counts(roles.client, roles.tells_client), outcome_counts(roles.unknown, roles.tells_unknown),
        )  # fmt: skip

    @property
    def exceeds(self) -> np.ndarray:
        """Mask of counts with more failures than requests, shape (counts,), allowing for rounding errors."""
        with np.errstate(invalid="ignore"):
            most = np.fmax(np.fmax(self.failed, self.client), 0) > self.requests * (1 + 1e-9)
        exceeding: np.ndarray = most
        return exceeding

    def without(self, gone: np.ndarray) -> "ServiceCounts":
        """The counts except some; `gone`: mask, shape (counts,)."""
        kept = ~gone
        return ServiceCounts(
            self.moment[kept], self.service[kept], self.requests[kept], self.failed[kept], self.client[kept],
            self.unknown[kept],
        )  # fmt: skip

    def cells(self, times: np.ndarray, services: Sequence[str]) -> list[CellValues]:
        """Convert to numbers for cells of a table.

        Args:
            times: epoch seconds. `services`: names.
        """
        measures = (
            ("requests", "", self.requests),
            ("errors", "server", self.failed),
            ("errors", "client", self.client),
            (UNKNOWN_OUTCOME, "", self.unknown),
        )
        cells = []
        for measure, detail, value in measures:
            known = ~np.isnan(value)
            keys: list[Key] = [(name, measure, detail) for name in services]
            cells.append(CellValues(times[self.moment[known]], self.service[known], keys, value[known]))
        return cells


def added_cells(numbers: Numbers, roles: Roles, identity: np.ndarray) -> list[CellValues]:
    """Numbers for cells of a table in which the series of a service are summed.

    Args:
        numbers: counts. `roles`: of their series. `identity`: distinguishes the series, shape (series,).
    """
    service = roles.service[numbers.series]
    counts_all = np.where(roles.has_total[service], roles.total[numbers.series], roles.by_status[numbers.series])
    measures = (
        ("requests", "", counts_all, counts_all),
        ("errors", "server", roles.tells_failed[service], roles.failed[numbers.series]),
        ("errors", "client", roles.tells_client[service], roles.client[numbers.series]),
        (UNKNOWN_OUTCOME, "", roles.tells_unknown[service], roles.unknown[numbers.series]),
    )
    times, series = numbers.times[numbers.moment], identity[numbers.series]
    cells = []
    for measure, detail, tells, counts in measures:
        keys: list[Key] = [(name, measure, detail) for name in roles.services]
        # Zero failures must be written, too.
        cells.append(
            CellValues(times[tells], service[tells], keys, (numbers.value * counts)[tells], series[tells])
        )  # fmt: skip
    return cells


def gauge_cells(numbers: Numbers, series: Sequence[Series]) -> CellValues:
    """Unchanged numbers that are not counts.

    Args:
        numbers: of gauges and quantiles. `series`: all series of the file.
    """
    keys: list[Key] = [(each.service, each.meaning.measure, each.meaning.detail) for each in series]
    return CellValues(numbers.times[numbers.moment], numbers.series, keys, numbers.value)
