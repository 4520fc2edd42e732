"""What really happened to the services of a file, counted while the file is made and never by the product's code."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

HOUR = 3600
MICRO = 1_000_000
GOOD, CLIENT, FAILED, UNKNOWN = "good", "client", "failed", "unknown"


@dataclass(frozen=True)
class Request:
    """One request: epoch microseconds, service, outcome, and how long it took in seconds."""

    at: int
    service: str
    outcome: str
    seconds: Decimal
    pod: str = ""


@dataclass(frozen=True)
class Interval:
    """Counts of one interval that ends at `at` (epoch microseconds); None where the file does not tell a number."""

    at: int
    service: str
    requests: int
    failed: int
    client: int | None = None
    p95: Decimal | None = None
    pod: str = ""


@dataclass
class Tally:
    """Counts of one service in one hour; `within`: outcome failed or not → duration in seconds → requests."""

    requests: int = 0
    failed: int = 0
    client: int = 0
    unknown: int = 0
    within: dict[bool, Counter[Decimal]] = field(default_factory=lambda: {False: Counter(), True: Counter()})

    def at_most(self, bound: Decimal, *, failed: bool) -> int:
        """How many requests took at most so many seconds."""
        return sum(count for seconds, count in self.within[failed].items() if seconds <= bound)


@dataclass
class Truth:
    """By (service, end of the hour in epoch seconds); the interval that ends on the hour belongs to that hour."""

    hours: dict[tuple[str, int], Tally] = field(default_factory=dict)

    def take(self, rows: Iterable[Request | Interval]) -> None:
        """Count rows in the order of their file: of two intervals of one time, service and pod the later one counts."""
        last: dict[tuple[str, int, str], Interval] = {}
        for row in rows:
            if isinstance(row, Request):
                self._count(row)
            else:
                last[row.service, row.at, row.pod] = row
        for row in last.values():
            tally = self._of(row.service, row.at)
            tally.requests += row.requests
            tally.failed += row.failed
            tally.client += row.client or 0

    def services(self) -> list[str]:
        return sorted({service for service, _ in self.hours})

    def ends(self) -> list[int]:
        return sorted({end for _, end in self.hours})

    def _of(self, service: str, at: int) -> Tally:
        return self.hours.setdefault((service, -(-at // (HOUR * MICRO)) * HOUR), Tally())

    def _count(self, request: Request) -> None:
        tally = self._of(request.service, request.at)
        tally.requests += 1
        tally.failed += request.outcome == FAILED
        tally.client += request.outcome == CLIENT
        tally.unknown += request.outcome == UNKNOWN
        tally.within[request.outcome == FAILED][request.seconds] += 1
