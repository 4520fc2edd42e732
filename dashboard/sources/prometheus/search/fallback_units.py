"""What the fallback has seen, by the units that a service is scraped by."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dashboard.sources.prometheus.client.decode import Series
from dashboard.sources.prometheus.search.fallback_presets import UNIT, Unit

# A metric and the outcome label on it.
Counter = tuple[str, str]


@dataclass(slots=True)
class Seen:
    """What one look at a server gave.

    Attributes:
        words: unit → (counter, label) → the values of that label. `buckets`: unit → histograms.
        named: unit → counters that may tell failures by their names alone.
    """

    words: dict[Unit, dict[Counter, set[str]]] = field(default_factory=dict)
    buckets: dict[Unit, set[str]] = field(default_factory=dict)
    named: dict[Unit, set[str]] = field(default_factory=dict)

    @property
    def units(self) -> set[Unit]:
        """All that have any of these."""
        return {*self.words, *self.buckets, *self.named}

    def renamed(self, units: Mapping[Unit, Unit]) -> "Seen":
        """With other units; those that become one have the counters of both."""
        seen = Seen()
        for unit, counters in self.words.items():
            of_unit = seen.words.setdefault(units[unit], {})
            for counter, words in counters.items():
                of_unit.setdefault(counter, set()).update(words)
        for unit, histograms in self.buckets.items():
            seen.buckets.setdefault(units[unit], set()).update(histograms)
        for unit, names in self.named.items():
            seen.named.setdefault(units[unit], set()).update(names)
        return seen


def unit_of(row: Series) -> Unit:
    """The unit that a series is of."""
    return tuple(row.metric.get(label, "") for label in UNIT)


def without_doubtful(unit: Unit, doubtful: Mapping[str, set[str]]) -> Unit:
    """A unit without the labels that do not name targets; `doubtful`: label → the jobs in which it does not."""
    job = unit[0]
    dropped = {label for label, jobs in doubtful.items() if job in jobs}
    return tuple("" if label in dropped else value for label, value in zip(UNIT, unit, strict=True))


def is_known(unit: Unit, others: set[Unit]) -> bool:
    """A preset speaks for it: it knows the unit, or services of its job while nothing else names this one."""
    return unit in others or (not any(unit[1:]) and any(unit[0] == job for job, *_ in others))
