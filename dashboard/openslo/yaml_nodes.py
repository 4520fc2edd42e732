"""A value of a YAML file with its position."""

import re
from dataclasses import dataclass

# https://yaml.org/spec/1.2.2/#1032-tag-resolution
NULLS = ("", "~", "null", "Null", "NULL")
_NUMBER = re.compile(r"[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
# Longer texts are not valid numbers, and slow to parse.
_NUMBER_LENGTH_MAX = 40


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a YAML file.

    Attributes:
        file: its name.
        line: from 1; that of its key if it has one.
        key: its path from the top of the document.
        content: the text of a scalar as in the file; the items of a list; the fields of a map.
        plain: an unquoted scalar, which may be a number, a boolean or null.
        broken: it contains a duplicate key.
        size: number of values in it, with aliases expanded.
    """

    file: str
    line: int
    key: str
    content: "str | tuple[Node, ...] | dict[str, Node]"
    plain: bool = True
    broken: bool = False
    size: int = 1

    @property
    def scalar(self) -> str | None:
        """The text of a scalar; None for a list or map."""
        return self.content if isinstance(self.content, str) else None

    @property
    def fields(self) -> "dict[str, Node]":
        """The fields of a map; empty for anything else."""
        return self.content if isinstance(self.content, dict) else {}

    @property
    def items(self) -> "tuple[Node, ...]":
        """The items of a list; empty for anything else."""
        return self.content if isinstance(self.content, tuple) else ()

    @property
    def is_null(self) -> bool:
        """Whether it has no value."""
        return self.plain and self.content in NULLS

    @property
    def form(self) -> str:
        """The type of its content, for a message."""
        if isinstance(self.content, str):
            return "empty" if self.is_null else "text"
        return "a list" if isinstance(self.content, tuple) else "a map"

    def word(self, key: str) -> str:
        """The text of a field; empty if missing or not a scalar."""
        field = self.fields.get(key)
        return (field.scalar or "").strip() if field is not None and not field.is_null else ""


def parse_number(text: str) -> float | None:
    """The decimal number in a text; None for anything else, including hexadecimal, octal and infinite numbers."""
    if len(text) > _NUMBER_LENGTH_MAX or not _NUMBER.fullmatch(text):
        return None
    number = float(text)
    return number if abs(number) < float("inf") else None
