"""Collects remarks about services: missing data in their rows, and dropped data."""

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field

import numpy as np

from dashboard.sources.csv.rows.rows import ChunkRows, RequestRows


@dataclass(slots=True)
class ServiceRemarks:
    """The remarks so far.

    Attributes:
        unknown_words: service → words of a status with an unknown meaning.
        without_errors: service → number of rows with requests but without errors.
        notes: service → what its files lack for all of its rows.
        no_durations: service → number of requests without a duration. `without_duration`: service → the note about
            them.
    """

    unknown_words: dict[str, set[str]] = field(default_factory=dict)
    without_errors: Counter[str] = field(default_factory=Counter)
    notes: dict[str, set[str]] = field(default_factory=dict)
    no_durations: Counter[str] = field(default_factory=Counter)
    without_duration: dict[str, str] = field(default_factory=dict)

    def note(self, services: Iterable[str], text: str) -> None:
        """Add a note for all rows of some services."""
        for service in services:
            self.notes.setdefault(service, set()).add(text)

    def take_rows(self, rows: ChunkRows) -> None:
        """Add missing data of wide and tidy rows."""
        self._take_words(rows.unknown_words)
        self.without_errors += rows.without_errors

    def take_requests(self, requests: RequestRows) -> None:
        """Add missing data of a log's requests."""
        self._take_words(requests.unknown_words)
        no_duration = requests.bucket > len(requests.bounds)
        for place, count in enumerate(np.bincount(requests.service[no_duration]).tolist()):
            self.no_durations[requests.services[place]] += count
            self.without_duration[requests.services[place]] = requests.without_duration

    def _take_words(self, unknown: Mapping[str, Set[str]]) -> None:
        for service, words in unknown.items():
            self.unknown_words.setdefault(service, set()).update(words)
