"""Scalars, lists and the fields of maps, read leniently: whatever has one meaning is read, and noted."""

from collections.abc import Iterable, Mapping

from dashboard.openslo.diagnostics import Diagnostics, nearest, refuse, shown
from dashboard.openslo.yaml_nodes import Node, number_in

_FLAGS = {"true": True, "false": False}
# YAML 1.1 takes these for flags, YAML 1.2 and people who name a thing `no` do not.
_OLD_FLAGS = {"yes": True, "no": False, "on": True, "off": False, "y": True, "n": False}
# As earlier and later versions of OpenSLO spell the fields of v1.
SPELLINGS = {
    "sli": "indicator", "sliRef": "indicatorRef", "timeWindows": "timeWindow", "dataSourceRef": "metricSourceRef",
    "incremental": "counter",
}  # fmt: skip


def raw(node: Node) -> str:
    """The text of a scalar as it stands there, without space around it; refused of anything else."""
    if node.scalar is None or node.is_null:
        refuse(node, f"holds {node.form}: expected a text")
    return node.scalar.strip()


def text(node: Node, diagnostics: Diagnostics) -> str:
    """A text; a number or a flag is read as it is written, and noted."""
    found = raw(node)
    if not found:
        refuse(node, "is an empty text: write something, or leave it out")
    if node.plain and is_ambiguous(found):
        diagnostics.note(node, f"is read as the text {shown(found)}: put it in quotes")
    return found


def is_ambiguous(plain: str) -> bool:
    """A text that is a number or a flag to some reader of YAML unless it is quoted."""
    return number_in(plain) is not None or plain.lower() in {**_FLAGS, **_OLD_FLAGS}


def number(node: Node, diagnostics: Diagnostics, example: str = "5") -> float:
    """A number; one in quotes is read, and noted."""
    found = raw(node)
    value = number_in(found)
    if value is None:
        refuse(node, f"{shown(found)} is no number: write for example {example}")
    if not node.plain:
        diagnostics.note(node, f"is read as the number {found}: write it without quotes")
    return value


def flag(node: Node, diagnostics: Diagnostics) -> bool:
    """True or false; other ways to say so are read, and noted."""
    found = raw(node)
    known = {**_FLAGS, **_OLD_FLAGS}.get(found.lower())
    if known is None:
        refuse(node, f"{shown(found)} is neither true nor false: write one of them")
    if not node.plain or found.lower() not in _FLAGS:
        diagnostics.note(node, f"is read as {str(known).lower()}: write it so, without quotes")
    return known


def items(node: Node, diagnostics: Diagnostics) -> tuple[Node, ...]:
    """The items of a list; a single one without its list is read, and noted."""
    if isinstance(node.content, tuple):
        return node.items
    diagnostics.note(node, f"holds {node.form} where a list is expected: read as its only item, write `- ` before it")
    return (node,)


def chosen(node: Node, words: Mapping[str, str], diagnostics: Diagnostics, *, strict: Iterable[str] = ()) -> str:
    """The meaning of one of some words, in any case; noted where it is none of those that the format knows.

    Args:
        words: meanings by lower-case word. `strict`: the words as the format wants them.
    """
    found = raw(node)
    meaning = words.get(found.lower())
    if meaning is None:
        refuse(node, f"{shown(found)} is not known{nearest(found, strict or words)}")
    if strict and found not in strict:
        diagnostics.note(node, f"is read as {meaning}: write it so")
    return meaning


class Fields:
    """The fields of one map; those that are not known are noted with the nearest that is.

    Args:
        known: fields by their names in v1. `elder`: spellings of other versions are no flaw, as this is one of them.
    """

    def __init__(self, node: Node, known: Iterable[str], diagnostics: Diagnostics, *, elder: bool = False) -> None:
        if not isinstance(node.content, dict):
            refuse(node, f"holds {node.form}: expected a map with {', '.join(list(known)[:4])}")
        self.node = node
        self.diagnostics = diagnostics
        self._fields: dict[str, Node] = {}
        names = set(known)
        for name, field in node.fields.items():
            self._take(name, field, names, elder)

    def _take(self, name: str, field: Node, names: set[str], elder: bool) -> None:
        spelled = SPELLINGS.get(name, name)
        if name not in names and spelled in names:
            if not elder:
                self.diagnostics.note(field, f"is written {spelled} in openslo/v1 and read so")
            name = spelled
        if name not in names:
            self.diagnostics.note(field, f"unknown key{nearest(name, names)}")
        elif field.is_null:
            self.diagnostics.note(field, "is empty and read as if it were not there: leave it out")
        else:
            self._fields.setdefault(name, field)

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def optional(self, name: str) -> Node | None:
        """A field, if it is there."""
        return self._fields.get(name)

    def required(self, name: str, example: str) -> Node:
        """A field that must be there."""
        found = self._fields.get(name)
        if found is None:
            refuse(self.node, f"missing: write for example {example}", name)
        return found

    def text(self, name: str) -> str:
        """The text of a field; empty where it is missing."""
        found = self._fields.get(name)
        return text(found, self.diagnostics) if found is not None and (found.scalar or "?").strip() else ""

    def number(self, name: str, example: str = "5") -> float | None:
        """The number of a field; None where it is missing."""
        found = self._fields.get(name)
        return number(found, self.diagnostics, example) if found is not None else None

    def flag(self, name: str) -> bool | None:
        """The flag of a field; None where it is missing."""
        found = self._fields.get(name)
        return flag(found, self.diagnostics) if found is not None else None

    def items(self, name: str) -> tuple[Node, ...]:
        """The items of a field; none where it is missing."""
        found = self._fields.get(name)
        return items(found, self.diagnostics) if found is not None else ()
