"""When a version of a service began to answer: told by its requests, where they carry a label for it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

# A version that was not there before would have had so many requests by then: fewer, and it may have been there.
EXPECTED_MIN = 10.0
# Its share of the requests is that of so many rows; it was away for so many rows at least.
SHARE_ROWS, AWAY_ROWS = 10, 2
# Labels that name the version of a service, as OpenTelemetry, Istio, Kubernetes and people call them: not that of a
# protocol, a client or an API.
OWNERS = "service|app|application|destination|deployment|release|build|image|container"
LABEL = re.compile(f"(?:(?:{OWNERS})_?)?version|release|app_kubernetes_io_version", re.IGNORECASE)
# No chart has more marks: the newest ones.
MARKED = 6


@dataclass(frozen=True, slots=True)
class VersionStart:
    """A version that was not there before, and that answers requests from `at` (epoch seconds) on."""

    at: float
    version: str


def version_label(labels: Sequence[str]) -> str | None:
    """The label of a service that names its version, such as `version` or `service_version`; None without one."""
    return next((label for label in labels if LABEL.fullmatch(label)), None)


def version_starts(frame: pd.DataFrame, step: int) -> tuple[VersionStart, ...]:
    """Versions that came within a frame, in the order of time: new ones, and those that were rolled back to.

    Args:
        frame: samples with the version in the place of the service.
        step: seconds between two rows.
    """
    requests = frame.loc[:, frame.columns.get_level_values("measure") == "requests"]
    rates = np.nan_to_num(requests.to_numpy(dtype=float))
    moments = pd.DatetimeIndex(frame.index).as_unit("s").asi8
    starts = [
        VersionStart(float(moments[row] - step), str(version))
        for place, version in enumerate(requests.columns.get_level_values("service"))
        for row in _rows(rates[:, place], rates.sum(axis=1), step)
        # What carries no version tells of none.
        if version
    ]
    return tuple(sorted(starts, key=lambda start: (start.at, start.version))[-MARKED:])


def _rows(rates: np.ndarray, every: np.ndarray, step: int) -> Iterator[int]:
    """Rows with which a version begins, where its absence before is no chance.

    Args:
        rates: its requests per second. `every`: those of all versions.
        step: seconds between two rows.
    """
    there = rates > 0
    begins = np.flatnonzero(there & ~np.append(False, there[:-1]))
    for row in begins.tolist():
        seen = np.flatnonzero(there[:row])
        away = slice(int(seen[-1]) + 1 if len(seen) else 0, row)
        after = slice(row, row + SHARE_ROWS)
        share = float(rates[after].sum() / every[after].sum())
        if row - away.start >= AWAY_ROWS and share * float(every[away].sum()) * step >= EXPECTED_MIN:
            yield row
