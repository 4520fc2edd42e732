"""Logs problems with files: each one once, not at every refresh."""

import logging
from collections.abc import Iterator

from dashboard.engine.source_status import SourceStatus

log = logging.getLogger(__name__)


class ProblemLog:
    """Logs new problems."""

    def __init__(self) -> None:
        self._known: frozenset[tuple[str, str]] = frozenset()

    def take(self, source: SourceStatus) -> None:
        """Log files left out and kinds of bad rows that were not there at the last refresh."""
        now = dict(_problems(source))
        for key, line in now.items():
            if key not in self._known:
                log.warning("%s", line)
        self._known = frozenset(now)


def _problems(source: SourceStatus) -> Iterator[tuple[tuple[str, str], str]]:
    for problem in source.left_out:
        yield (problem.where, problem.what), f"{problem.where} is left out: {problem.what}"
    for kind in source.further_bad_kinds:
        # Ignore the number of rows, which grows with the file.
        yield (kind.where, kind.what), f"Bad row {kind.where}: {kind.what}"
