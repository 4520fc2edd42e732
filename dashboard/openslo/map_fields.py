"""Reads scalars, lists and fields of maps leniently: whatever has a single meaning is accepted, with a warning."""

from collections.abc import Iterable, Mapping

from dashboard.openslo.diagnostics import Diagnostics, excerpt, reject, suggestion
from dashboard.openslo.yaml_nodes import Node, parse_number

_BOOLEANS = {"true": True, "false": False}
# Booleans only in YAML 1.1; people who name a thing `no` mean text. https://yaml.org/type/bool.html
_OLD_BOOLEANS = {"yes": True, "no": False, "on": True, "off": False, "y": True, "n": False}
# Field names of other versions of OpenSLO, and their names in v1.
V1_NAMES = {
    "sli": "indicator", "sliRef": "indicatorRef", "timeWindows": "timeWindow", "dataSourceRef": "metricSourceRef",
    "incremental": "counter",
}  # fmt: skip


def scalar_text(node: Node) -> str:
    """The text of a scalar as in the file, stripped; anything else is rejected."""
    if node.scalar is None or node.is_null:
        reject(node, f"is {node.form}: expected a text")
    return node.scalar.strip()


def read_text(node: Node, diagnostics: Diagnostics) -> str:
    """A text; numbers and booleans are accepted as written, with a warning."""
    text = scalar_text(node)
    if not text:
        reject(node, "is an empty text: write something, or remove it")
    if node.plain and is_ambiguous(text):
        diagnostics.warn(node, f"is read as the text {excerpt(text)}: put it in quotes")
    return text


def is_ambiguous(plain: str) -> bool:
    """Whether some YAML readers take an unquoted text for a number or a boolean."""
    return parse_number(plain) is not None or plain.lower() in {**_BOOLEANS, **_OLD_BOOLEANS}


def read_number(node: Node, diagnostics: Diagnostics, example: str = "5") -> float:
    """A number; accepted in quotes, with a warning.

    Args:
        node: the scalar.
        diagnostics: collects warnings.
        example: a number for the error message.
    """
    text = scalar_text(node)
    number = parse_number(text)
    if number is None:
        reject(node, f"{excerpt(text)} is not a number: write for example {example}")
    if not node.plain:
        diagnostics.warn(node, f"is read as the number {text}: write it without quotes")
    return number


def read_boolean(node: Node, diagnostics: Diagnostics) -> bool:
    """A boolean; other spellings are accepted with a warning."""
    text = scalar_text(node)
    boolean = {**_BOOLEANS, **_OLD_BOOLEANS}.get(text.lower())
    if boolean is None:
        reject(node, f"{excerpt(text)} is neither true nor false: write one of them")
    if not node.plain or text.lower() not in _BOOLEANS:
        diagnostics.warn(node, f"is read as {str(boolean).lower()}: write that, without quotes")
    return boolean


def read_items(node: Node, diagnostics: Diagnostics) -> tuple[Node, ...]:
    """The items of a list; a single item without a list is accepted with a warning."""
    if isinstance(node.content, tuple):
        return node.items
    diagnostics.warn(node, f"is {node.form} where a list is expected: read as its only item, write `- ` before it")
    return (node,)


def read_keyword(node: Node, words: Mapping[str, str], diagnostics: Diagnostics, *, strict: Iterable[str] = ()) -> str:
    """The meaning of a keyword in any case; spellings outside the format are accepted with a warning.

    Args:
        node: the scalar.
        words: meanings by lower-case word.
        diagnostics: collects warnings.
        strict: the format's own spellings; empty for no such warning.
    """
    text = scalar_text(node)
    meaning = words.get(text.lower())
    if meaning is None:
        reject(node, f"{excerpt(text)} is not known{suggestion(text, strict or words)}")
    if strict and text not in strict:
        diagnostics.warn(node, f"is read as {meaning}: write that")
    return meaning


class Fields:
    """The fields of one map; an unknown one gets a warning that names the most similar known one."""

    def __init__(self, node: Node, known: Iterable[str], diagnostics: Diagnostics, *, is_v1: bool = True) -> None:
        """Anything except a map is rejected.

        Args:
            node: the map.
            known: names of fields in v1.
            diagnostics: collects warnings.
            is_v1: False accepts the field names of other versions without a warning.
        """
        if not isinstance(node.content, dict):
            reject(node, f"is {node.form}: expected a map with {', '.join(list(known)[:4])}")
        self.node = node
        self.diagnostics = diagnostics
        self._fields: dict[str, Node] = {}
        names = set(known)
        for name, field in node.fields.items():
            self._take(name, field, names, is_v1=is_v1)

    def _take(self, name: str, field: Node, names: set[str], *, is_v1: bool) -> None:
        v1_name = V1_NAMES.get(name, name)
        if name not in names and v1_name in names:
            if is_v1:
                self.diagnostics.warn(field, f"is named {v1_name} in openslo/v1 and read as that: rename it")
            name = v1_name
        if name not in names:
            self.diagnostics.warn(field, f"unknown key{suggestion(name, names)}")
        elif field.is_null:
            self.diagnostics.warn(field, "is empty and ignored: remove it")
        else:
            # If a field has both names, the first one is used.
            self._fields.setdefault(name, field)

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def optional(self, name: str) -> Node | None:
        """A field; None if it is missing."""
        return self._fields.get(name)

    def required(self, name: str, example: str) -> Node:
        """A required field; `example` is for the error message."""
        field = self._fields.get(name)
        if field is None:
            reject(self.node, f"missing: write for example {example}", name)
        return field

    def text(self, name: str) -> str:
        """The text of a field; empty if it is missing or empty."""
        field = self._fields.get(name)
        if field is None or (field.scalar is not None and not field.scalar.strip()):
            return ""
        return read_text(field, self.diagnostics)

    def number(self, name: str, example: str = "5") -> float | None:
        """The number of a field; None if it is missing."""
        field = self._fields.get(name)
        return read_number(field, self.diagnostics, example) if field is not None else None

    def boolean(self, name: str) -> bool | None:
        """The boolean of a field; None if it is missing."""
        field = self._fields.get(name)
        return read_boolean(field, self.diagnostics) if field is not None else None

    def items(self, name: str) -> tuple[Node, ...]:
        """The items of a field; empty if it is missing."""
        field = self._fields.get(name)
        return read_items(field, self.diagnostics) if field is not None else ()
