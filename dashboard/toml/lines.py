"""On which line each key of a TOML text stands: `tomllib` gives values without their places.

The text is one that `tomllib` has read: only what is valid needs to be understood. Grammar: https://toml.io/en/v1.0.0
"""

import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

# Three quotes before one, else they would be an empty text; a text may end on two quotes of its own.
_TOKEN = re.compile(
    r'''(?P<text>"""(?:\\.|[^\\])*?"""(?:"{0,2})|\'\'\'.*?\'\'\'(?:'{0,2})|"(?:\\.|[^"\\\n])*"|'[^'\n]*')'''
    r"|(?P<skipped>\#[^\n]*|[ \t\r]+)|(?P<mark>[][{}=,.\n])|(?P<bare>[^][{}=,.\s\#\"']+)",
    re.DOTALL,
)
_BARE = re.compile("[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    line: int
    is_mark: bool = False


def key_lines(text: str) -> dict[str, int]:
    """The line, from 1, of every key, table and item of a list, by its name as messages spell it.

    Names are dotted, items count from 1: `source.url`, `services[2].links.runbook`, `slos[1]`. A table that is never
    written by itself, such as `a` in `[a.b]`, stands where it is first named.
    """
    walk = _Walk(list(_tokens(text)))
    walk.document()
    return walk.lines


def spelled(prefix: str, key: str) -> str:
    """The name of a key within a table, in quotes where TOML needs them."""
    name = key if _BARE.fullmatch(key) else json.dumps(key, ensure_ascii=False)
    return f"{prefix}.{name}" if prefix else name


def _tokens(text: str) -> Iterator[_Token]:
    line = 1
    for match in _TOKEN.finditer(text):
        if match.lastgroup != "skipped":
            yield _Token(match[0], line, match.lastgroup == "mark")
        line += match[0].count("\n")
    yield _Token("\n", line, True)


class _Walk:
    """Follows the tokens once from the first to the last; what is found is in `lines`."""

    def __init__(self, tokens: list[_Token]) -> None:
        self.lines: dict[str, int] = {}
        self._tokens = tokens
        self._next = 0
        # How often each [[table]] was begun so far.
        self._begun: Counter[str] = Counter()

    def document(self) -> None:
        table = ""
        while self._next < len(self._tokens):
            if self._at("["):
                table = self._header()
            elif not self._took("\n"):
                self._pair(table)

    def _at(self, mark: str) -> bool:
        token = self._tokens[self._next] if self._next < len(self._tokens) else _Token("\n", 0, True)
        return token.is_mark and token.text == mark

    def _took(self, *marks: str) -> bool:
        """Step over one of some marks, if it comes next."""
        if any(self._at(mark) for mark in marks):
            self._next += 1
            return True
        return False

    def _header(self) -> str:
        """The name of the table that `[name]` or `[[name]]` begins."""
        self._took("[")
        is_list = self._took("[")
        name = ""
        parts = self._dotted()
        for place, (key, line) in enumerate(parts, start=1):
            name = spelled(name, key)
            self.lines.setdefault(name, line)
            self._begun[name] += is_list and place == len(parts)
            # Below [[table]], a header such as [table.sub] belongs to its newest block.
            if self._begun[name]:
                name = f"{name}[{self._begun[name]}]"
                self.lines.setdefault(name, line)
        self._took("]")
        self._took("]")
        return name

    def _pair(self, table: str) -> None:
        name = table
        for key, line in self._dotted():
            name = spelled(name, key)
            self.lines.setdefault(name, line)
        # No valid text gets here; without a step the walk would never end.
        if not self._took("="):
            self._next += 1
            return
        self._value(name)

    def _dotted(self) -> list[tuple[str, int]]:
        """The keys of `a."b".c`, each with its line."""
        keys = []
        while self._next < len(self._tokens) and not self._tokens[self._next].is_mark:
            token = self._tokens[self._next]
            keys.append((_key(token.text), token.line))
            self._next += 1
            self._took(".")
        return keys

    def _value(self, name: str) -> None:
        if self._took("["):
            self._list(name)
        elif self._took("{"):
            self._inline_table(name)
        else:
            while not any(self._at(mark) for mark in ("\n", ",", "]", "}")):
                self._next += 1

    def _list(self, name: str) -> None:
        number = 0
        while self._next < len(self._tokens) and not self._took("]"):
            if self._took("\n", ",", "}"):
                continue
            number += 1
            self.lines[f"{name}[{number}]"] = self._tokens[self._next].line
            self._value(f"{name}[{number}]")

    def _inline_table(self, name: str) -> None:
        while self._next < len(self._tokens) and not self._took("}"):
            if not self._took("\n", ","):
                self._pair(name)


def _key(token: str) -> str:
    # Escapes are left to `tomllib`: two readings of them would differ one day.
    if token.startswith(('"', "'")):
        return next(iter(tomllib.loads(f"{token} = 0")))
    return token
