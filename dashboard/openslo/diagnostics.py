"""Diagnostics of files: what is wrong, where, and how to fix it; reading continues while the meaning is unambiguous.

All functions of this package named `read_…` raise `RejectedError` for a part without a single meaning, and warn if
something is ignored or not read literally.
"""

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NoReturn, TypeVar

from dashboard.openslo.yaml_nodes import Node

T = TypeVar("T")
# Maximum length of an excerpt of a file in a sentence, in characters.
EXCERPT_MAX = 60
# Maximum number of known words to list if none is similar.
LISTED_MAX = 16


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem in a file.

    Attributes:
        file: its name.
        line: from 1.
        key: path of the field, such as `spec.objectives[0].target`; empty for a whole document.
        what: one sentence, with the remedy.
        fatal: the SLO is rejected.
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
    """A part of a file has no single meaning, so it is rejected together with its SLO."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(str(diagnostic))
        self.diagnostic = diagnostic


class Diagnostics:
    """Collects the diagnostics of all files.

    Attributes:
        fatal_count: number of rejections, including repetitions.
    """

    def __init__(self) -> None:
        # A dictionary used as an ordered set: a document is read once for each SLO that refers to it.
        self._entries: dict[Diagnostic, None] = {}
        self.fatal_count = 0

    def sorted(self) -> tuple[Diagnostic, ...]:
        """All diagnostics without duplicates, by file and line."""
        return tuple(sorted(self._entries, key=lambda diagnostic: (diagnostic.file, diagnostic.line)))

    def warn(self, node: Node, what: str, key: str = "") -> None:
        """Warn of something that is read anyway, or ignored without harm.

        Args:
            node: the place.
            what: one sentence, with the remedy.
            key: a field of the node, such as one that is missing.
        """
        self.add(Diagnostic(node.file, node.line, join_path(node.key, key), what))

    def add(self, diagnostic: Diagnostic) -> None:
        """Add a diagnostic from elsewhere."""
        self._entries[diagnostic] = None
        self.fatal_count += diagnostic.fatal

    def attempt(self, step: Callable[[], T]) -> T | None:
        """Run a step and return its result; None if it rejects something, which is collected."""
        try:
            return step()
        except RejectedError as error:
            self.add(error.diagnostic)
            return None


def reject(node: Node, what: str, key: str = "") -> NoReturn:
    """Reject a part of a file.

    Args:
        node: the place.
        what: one sentence, with the remedy.
        key: a field of the node, such as one that is missing.

    Raises:
        RejectedError: always.
    """
    raise RejectedError(Diagnostic(node.file, node.line, join_path(node.key, key), what, fatal=True))


def join_path(path: str, key: str) -> str:
    """The path of a nested field; either part may be empty."""
    return f"{path}.{key}" if path and key else path or key


def excerpt(text: str) -> str:
    """An excerpt of a file for a sentence: quoted, short and on one line."""
    return repr(text if len(text) <= EXCERPT_MAX else text[:EXCERPT_MAX] + "…")


def suggestion(word: str, known: Iterable[str]) -> str:
    """The end of a sentence: the most similar known word, otherwise all of them if they are few."""
    names = sorted({name for name in known if name})
    by_lower = {name.lower(): name for name in names}
    similar = difflib.get_close_matches(word[:EXCERPT_MAX].lower(), by_lower, n=1)
    if similar:
        return f"; did you mean {by_lower[similar[0]]}?"
    return f"; known are {', '.join(names)}" if 0 < len(names) <= LISTED_MAX else ""
