"""A value of a YAML file and where it is."""

import re
from dataclasses import dataclass

# https://yaml.org/spec/1.2.2/#1032-tag-resolution
NULLS = ("", "~", "null", "Null", "NULL")
_NUMBER = re.compile(r"[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
# A longer text is not a number that anybody means, and slow to parse.
_NUMBER_LENGTH_MAX = 40


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a YAML file.

    Attributes:
        file: its name.
        line: from 1: of its key, where it has one.
        key: its path from the document's top.
        content: the text of a scalar as the file has it; the items of a list; the fields of a map.
        plain: a scalar without quotes, which may be a number, a boolean or null.
        broken: it, or something in it, has a duplicate key.
        size: how many values it holds, aliases unfolded.
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
        """The text of a scalar; None of a list or map."""
        return self.content if isinstance(self.content, str) else None

    @property
    def fields(self) -> "dict[str, Node]":
        """The fields of a map; none of anything else."""
        return self.content if isinstance(self.content, dict) else {}

    @property
    def items(self) -> "tuple[Node, ...]":
        """The items of a list; none of anything else."""
        return self.content if isinstance(self.content, tuple) else ()

    @property
    def is_null(self) -> bool:
        """True if it has no value."""
        return self.plain and self.content in NULLS

    @property
    def form(self) -> str:
        """The form of its content, for a message."""
        if isinstance(self.content, str):
            return "empty" if self.is_null else "text"
        return "a list" if isinstance(self.content, tuple) else "a map"

    def word(self, key: str) -> str:
        """The text of a field; empty if it is missing or no text."""
        field = self.fields.get(key)
        return (field.scalar or "").strip() if field is not None and not field.is_null else ""


def parse_number(text: str) -> float | None:
    """The decimal number that a text is; None of anything else, also of hexadecimal, octal and infinite ones."""
    if len(text) > _NUMBER_LENGTH_MAX or not _NUMBER.fullmatch(text):
        return None
    number = float(text)
    return number if abs(number) < float("inf") else None
