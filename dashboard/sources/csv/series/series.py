"""A series of a dashboard: its service, its outcome, and the kind of its numbers."""

from dataclasses import dataclass
from typing import Final

from dashboard.outcomes import Dialect, Outcome, Vocabulary
from dashboard.sources.csv.shapes.names import Meaning, meaning_of
from dashboard.sources.csv.values.numerals import Content
from dashboard.sources.csv.values.quantities import Unit

# What numbers of requests may be, as `unit` in the configuration says it.
COUNT: Final = "count"
INCREASE: Final = "increase"
PER_SECOND: Final = "per second"
PER_MINUTE: Final = "per minute"
RUNNING_TOTAL: Final = "running total"
UNITS: Final = (COUNT, INCREASE, PER_SECOND, PER_MINUTE, RUNNING_TOTAL)
# Seconds of the time that a rate is per.
RATES: Final = {PER_SECOND: 1.0, PER_MINUTE: 60.0}
# What is written behind rates.
WRITTEN: Final = {Unit.PER_SECOND: PER_SECOND, Unit.PER_MINUTE: PER_MINUTE}
REMEDY: Final = (
    f'write unit = "{COUNT}" (of each interval), "{PER_SECOND}", "{PER_MINUTE}", "{INCREASE}" (as PromQL estimates it) '
    f'or "{RUNNING_TOTAL}" under [source]'
)


@dataclass(frozen=True, slots=True)
class Series:
    """A series.

    Attributes:
        service: its name; empty if nothing tells it.
        signal: what its numbers are, such as `requests`, `errors` or `p95`; empty if nothing tells it.
        unit: one of `UNITS`; empty if nothing tells it.
        status: the outcome of its requests, as its labels or its name say; None: of all of them.
        dialect: what the values of that label are.
        label: whose value the status is.
    """

    service: str
    signal: str = ""
    unit: str = ""
    status: str | None = None
    dialect: Dialect = Dialect.ANY
    label: str = "status"

    @property
    def meaning(self) -> Meaning:
        """What its numbers are, as tables keep them."""
        return meaning_of(self.signal)

    @property
    def is_counted(self) -> bool:
        """It is of requests, and no gauge or latency."""
        return self.meaning.measure in ("requests", "errors")

    @property
    def content(self) -> Content:
        """What its column holds."""
        return Content.COUNTS if self.unit in (COUNT, RUNNING_TOTAL) else Content.AMOUNTS

    def outcome(self, vocabulary: Vocabulary) -> Outcome | None:
        """What became of its requests; None if it is of all.

        Args:
            vocabulary: what the words of the status mean.
        """
        if self.signal == "client_errors":
            return Outcome.CLIENT
        outcome = None if self.status is None else vocabulary.outcome(self.status, self.dialect)
        # Whoever asks for errors gets those of the caller, too; all else failed, whatever word it has.
        return outcome if self.signal == "requests" or outcome is Outcome.CLIENT else Outcome.FAILED
