"""Current problems of files: each is reported while it lasts, and logged once."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from dashboard.exceptions import StateError

log = logging.getLogger(__name__)


class Problems:
    """Sentences by what they are about."""

    def __init__(self) -> None:
        self._about: dict[str, str] = {}

    @property
    def sentences(self) -> tuple[str, ...]:
        """All of now."""
        return tuple(self._about.values())

    @contextmanager
    def noting(self, about: str) -> Iterator[None]:
        """Note what goes wrong, and go on; what went wrong before and is well now is forgotten."""
        try:
            yield
        except StateError as error:
            self.note(about, str(error))
        else:
            self.forget(about)

    def note(self, about: str, sentence: str) -> None:
        """Say a sentence until it is forgotten; `about`: by which."""
        if self._about.get(about) != sentence:
            log.warning("%s", sentence)
        self._about[about] = sentence

    def forget(self, about: str) -> None:
        """It is well now."""
        self._about.pop(about, None)
