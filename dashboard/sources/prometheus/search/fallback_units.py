"""The series seen by the fallback, by the units in which a service is scraped."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dashboard.sources.prometheus.client.decode import Series
from dashboard.sources.prometheus.search.fallback_presets import UNIT, Unit

# A metric and its outcome label.
Counter = tuple[str, str]


@dataclass(slots=True)
class Seen:
    """The result of one search on a server.

    Attributes:
        words: unit → (counter, label) → values of that label. `buckets`: unit → histograms.
        named: unit → counters whose names may suggest failures.
    """

    words: dict[Unit, dict[Counter, set[str]]] = field(default_factory=dict)
    buckets: dict[Unit, set[str]] = field(default_factory=dict)
    named: dict[Unit, set[str]] = field(default_factory=dict)

    @property
    def units(self) -> set[Unit]:
        """All units with any of these."""
        return {*self.words, *self.buckets, *self.named}

    def renamed(self, units: Mapping[Unit, Unit]) -> "Seen":
        """Rename units; those with the same new name are merged."""
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
    """The unit of a series."""
    return tuple(row.metric.get(label, "") for label in UNIT)


def without_doubtful(unit: Unit, doubtful: Mapping[str, set[str]]) -> Unit:
    """A unit without the labels that do not name targets; `doubtful`: label → jobs in which it does not."""
    job = unit[0]
    dropped = {label for label, jobs in doubtful.items() if job in jobs}
    return tuple("" if label in dropped else value for label, value in zip(UNIT, unit, strict=True))


def is_known(unit: Unit, others: set[Unit]) -> bool:
    """Whether a preset knows the unit, or services of its job while no other label names this one."""
    return unit in others or (not any(unit[1:]) and any(unit[0] == job for job, *_ in others))
