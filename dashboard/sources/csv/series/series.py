"""A series of a dashboard: its service, its outcome, and the kind of its numbers."""

from dataclasses import dataclass
from typing import Final

from dashboard.outcomes import Dialect, Outcome, Vocabulary
from dashboard.sources.csv.columns.names import Meaning, meaning_of
from dashboard.sources.csv.values.numerals import Content
from dashboard.sources.csv.values.quantities import Unit

# Kinds of request numbers, as in the configuration's `unit`.
COUNT: Final = "count"
INCREASE: Final = "increase"
PER_SECOND: Final = "per second"
PER_MINUTE: Final = "per minute"
RUNNING_TOTAL: Final = "running total"
UNITS: Final = (COUNT, INCREASE, PER_SECOND, PER_MINUTE, RUNNING_TOTAL)
# Seconds per unit of time of a rate.
RATES: Final = {PER_SECOND: 1.0, PER_MINUTE: 60.0}
# Units written after rates.
WRITTEN: Final = {Unit.PER_SECOND: PER_SECOND, Unit.PER_MINUTE: PER_MINUTE}
REMEDY: Final = (
    f'write unit = "{COUNT}" (of each interval), "{PER_SECOND}", "{PER_MINUTE}", "{INCREASE}" (as PromQL estimates it) '
    f'or "{RUNNING_TOTAL}" under [source]'
)


@dataclass(frozen=True, slots=True)
class Series:
    """A series.

    Attributes:
        service: its name; empty if unknown.
        signal: of its numbers, such as `requests`, `errors` or `p95`; empty if unknown.
        unit: one of `UNITS`; empty if unknown.
        status: the outcome of its requests, from its labels or name; None: all requests.
        dialect: the kind of values of that label.
        label: the label with the status.
    """

    service: str
    signal: str = ""
    unit: str = ""
    status: str | None = None
    dialect: Dialect = Dialect.ANY
    label: str = "status"

    @property
    def meaning(self) -> Meaning:
        """The meaning of its numbers in tables."""
        return meaning_of(self.signal)

    @property
    def is_counted(self) -> bool:
        """Whether it contains requests, and not a gauge or latency."""
        return self.meaning.measure in ("requests", "errors")

    @property
    def content(self) -> Content:
        """The content of its column."""
        return Content.COUNTS if self.unit in (COUNT, RUNNING_TOTAL) else Content.AMOUNTS

    def outcome(self, vocabulary: Vocabulary) -> Outcome | None:
        """The outcome of its requests; None for all requests.

        Args:
            vocabulary: the words for outcomes.
        """
        if self.signal == "client_errors":
            return Outcome.CLIENT
        outcome = None if self.status is None else vocabulary.outcome(self.status, self.dialect)
        # A query for errors includes those of clients; all others failed, whatever their word.
        return outcome if self.signal == "requests" or outcome is Outcome.CLIENT else Outcome.FAILED
