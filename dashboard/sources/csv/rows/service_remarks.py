"""What is said of services beside their numbers: what their rows do not tell, and what was left out."""

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field

import numpy as np

from dashboard.sources.csv.rows.rows import ChunkRows, RequestRows


@dataclass(slots=True)
class ServiceRemarks:
    """What is known so far.

    Attributes:
        untold_words: service → words of a status that nobody can tell.
        without_errors: service → how many rows have requests and no errors beside them.
        notes: service → what its files do not tell of all its rows.
        no_durations: service → requests that tell no duration. `without_duration`: service → what is said of them.
    """

    untold_words: dict[str, set[str]] = field(default_factory=dict)
    without_errors: Counter[str] = field(default_factory=Counter)
    notes: dict[str, set[str]] = field(default_factory=dict)
    no_durations: Counter[str] = field(default_factory=Counter)
    without_duration: dict[str, str] = field(default_factory=dict)

    def note(self, services: Iterable[str], text: str) -> None:
        """Say something of all rows of some services."""
        for service in services:
            self.notes.setdefault(service, set()).add(text)

    def take_rows(self, rows: ChunkRows) -> None:
        """Add what wide and tidy rows lack."""
        self._take_words(rows.untold_words)
        self.without_errors += rows.without_errors

    def take_requests(self, requests: RequestRows) -> None:
        """Add what requests of a log do not tell."""
        self._take_words(requests.untold_words)
        no_duration = requests.bucket > len(requests.bounds)
        for place, count in enumerate(np.bincount(requests.service[no_duration]).tolist()):
            self.no_durations[requests.services[place]] += count
            self.without_duration[requests.services[place]] = requests.without_duration

    def _take_words(self, untold: Mapping[str, Set[str]]) -> None:
        for service, words in untold.items():
            self.untold_words.setdefault(service, set()).update(words)
