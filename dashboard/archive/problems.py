"""Current problems of files: each is reported while it lasts, and logged once."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from dashboard.exceptions import StateError

log = logging.getLogger(__name__)


class Problems:
    """Problem sentences by subject."""

    def __init__(self) -> None:
        self._about: dict[str, str] = {}

    @property
    def sentences(self) -> tuple[str, ...]:
        """All current ones."""
        return tuple(self._about.values())

    @contextmanager
    def noting(self, about: str) -> Iterator[None]:
        """Record an error inside, and continue; without an error an earlier one is removed."""
        try:
            yield
        except StateError as error:
            self.note(about, str(error))
        else:
            self.forget(about)

    def note(self, about: str, sentence: str) -> None:
        """Record a sentence until it is removed; `about`: its subject."""
        if self._about.get(about) != sentence:
            log.warning("%s", sentence)
        self._about[about] = sentence

    def forget(self, about: str) -> None:
        """Remove a problem that is solved."""
        self._about.pop(about, None)
