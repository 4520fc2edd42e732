"""What is wrong in a file, where, and what to do; reading continues as long as the meaning is unambiguous.

All functions of this package named `read_…` raise `RejectedError` for a part that has no single meaning, and warn of
what is ignored or read as something else than it is written.
"""

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NoReturn, TypeVar

from dashboard.openslo.yaml_nodes import Node

T = TypeVar("T")
# Characters of a text from a file that a sentence shows.
EXCERPT_MAX = 60
# This many known words are listed when none is similar.
LISTED_MAX = 16


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing that is wrong in a file.

    Attributes:
        file: its name.
        line: from 1.
        key: path of the field, such as `spec.objectives[0].target`; empty for a whole document.
        what: one sentence, with the remedy.
        fatal: its SLO is rejected.
    """

    file: str
    line: int
    key: str
    what: str
    fatal: bool = False

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: "
        return where + (f"{self.key}: {self.what}" if self.key else self.what)


class RejectedError(ValueError):
    """A part of a file has no single meaning: it is given up, and with it its SLO."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(str(diagnostic))
        self.diagnostic = diagnostic


class Diagnostics:
    """Collects the diagnostics of all files.

    Attributes:
        fatal_count: how often something was rejected, repetitions included.
    """

    def __init__(self) -> None:
        # A dictionary as an ordered set: a document that several SLOs refer to is read several times.
        self._entries: dict[Diagnostic, None] = {}
        self.fatal_count = 0

    def sorted(self) -> tuple[Diagnostic, ...]:
        """Every diagnostic once, by file and line."""
        return tuple(sorted(self._entries, key=lambda diagnostic: (diagnostic.file, diagnostic.line)))

    def warn(self, node: Node, what: str, key: str = "") -> None:
        """Something is read all the same, or ignored without harm.

        Args:
            node: where.
            what: one sentence, with the remedy.
            key: a field of the node, such as one that is missing.
        """
        self.add(Diagnostic(node.file, node.line, join_path(node.key, key), what))

    def add(self, diagnostic: Diagnostic) -> None:
        """A diagnostic from elsewhere."""
        self._entries[diagnostic] = None
        self.fatal_count += diagnostic.fatal

    def attempt(self, step: Callable[[], T]) -> T | None:
        """What a step returns; None if it rejects something, which is then collected."""
        try:
            return step()
        except RejectedError as error:
            self.add(error.diagnostic)
            return None


def reject(node: Node, what: str, key: str = "") -> NoReturn:
    """Give up a part of a file.

    Args:
        node: where.
        what: one sentence, with the remedy.
        key: a field of the node, such as one that is missing.

    Raises:
        RejectedError: always.
    """
    raise RejectedError(Diagnostic(node.file, node.line, join_path(node.key, key), what, fatal=True))


def join_path(path: str, key: str) -> str:
    """The path of a field of a field; either may be empty."""
    return f"{path}.{key}" if path and key else path or key


def excerpt(text: str) -> str:
    """A text of the file within a sentence: quoted, short and on one line."""
    return repr(text if len(text) <= EXCERPT_MAX else text[:EXCERPT_MAX] + "…")


def suggestion(word: str, known: Iterable[str]) -> str:
    """The end of a sentence: the known word that may have been meant, else all of them, if they are few."""
    names = sorted({name for name in known if name})
    by_lower = {name.lower(): name for name in names}
    similar = difflib.get_close_matches(word[:EXCERPT_MAX].lower(), by_lower, n=1)
    if similar:
        return f"; did you mean {by_lower[similar[0]]}?"
    return f"; known are {', '.join(names)}" if 0 < len(names) <= LISTED_MAX else ""
