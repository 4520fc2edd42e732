"""What is wrong with a file, where, and what to do about it; reading goes on as long as there is one meaning."""

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NoReturn, TypeVar

from dashboard.openslo.yaml_nodes import Node

T = TypeVar("T")
SHOWN_MAX = 60


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing that is wrong with a file.

    Attributes:
        line: from 1. `key`: path of the field, such as `spec.objectives[0].target`; empty for a whole document.
        what: one sentence, with the remedy. `fatal`: its SLO is refused.
    """

    file: str
    line: int
    key: str
    what: str
    fatal: bool = False

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: "
        return where + (f"{self.key}: {self.what}" if self.key else self.what)


class Refused(ValueError):
    """What a part says has no single meaning: the part is given up, and with it its SLO."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(str(diagnostic))
        self.diagnostic = diagnostic


class Diagnostics:
    """Collects the diagnostics of all files."""

    def __init__(self) -> None:
        self._found: dict[Diagnostic, None] = {}
        self.refused = 0

    @property
    def found(self) -> tuple[Diagnostic, ...]:
        """Every flaw once, by file and line."""
        return tuple(sorted(self._found, key=lambda diagnostic: (diagnostic.file, diagnostic.line)))

    def note(self, node: Node, what: str, key: str = "") -> None:
        """Something that was read all the same, or left out without harm."""
        self.add(Diagnostic(node.file, node.line, joined(node.key, key), what))

    def add(self, diagnostic: Diagnostic) -> None:
        """A flaw from elsewhere; a fatal one counts as refused, also when it is known already."""
        self._found[diagnostic] = None
        self.refused += diagnostic.fatal

    def attempt(self, step: Callable[[], T]) -> T | None:
        """What a step makes; None where it is refused, and then the flaw is kept."""
        try:
            return step()
        except Refused as refused:
            self.add(refused.diagnostic)
            return None


def refuse(node: Node, what: str, key: str = "") -> NoReturn:
    """Give up a part.

    Args:
        key: of a field that is missing in the node.
    """
    raise Refused(Diagnostic(node.file, node.line, joined(node.key, key), what, fatal=True))


def joined(path: str, key: str) -> str:
    """The path of a field of a field."""
    return f"{path}.{key}" if path and key else path or key


def shown(text: str) -> str:
    """A text of the file within a sentence: quoted, short and on one line."""
    return repr(text if len(text) <= SHOWN_MAX else text[:SHOWN_MAX] + "…")


def nearest(word: str, known: Iterable[str]) -> str:
    """The end of a sentence: the known word that may have been meant, else all of them, if they are few."""
    names = sorted({name for name in known if name})
    lower = {name.lower(): name for name in names}
    near = difflib.get_close_matches(word[:SHOWN_MAX].lower(), lower, n=1)
    if near:
        return f"; did you mean {lower[near[0]]}?"
    return f"; known are {', '.join(names)}" if 0 < len(names) <= 16 else ""
