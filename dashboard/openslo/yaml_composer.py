"""From the text of a YAML file to nodes with their lines. Nothing in a file can make this slow, deep or large.

Aliases share what they stand for, so that a file of nested aliases stays as small as it is written.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

import yaml

from dashboard.openslo.diagnostics import Diagnostic, Diagnostics, Refused, joined, shown
from dashboard.openslo.yaml_nodes import Node

# libyaml's parser is 20 times faster than that in Python; both make the same events.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
TEXT_MAX = 4_000_000
DEPTH_MAX = 50
DEEP = f"is nested deeper than {DEPTH_MAX} levels, which no SLO is"
UNFOLDED_MAX = 2_000_000
KEY_MAX = 60
MERGE = "<<"
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TAGS = re.compile(r"tag:yaml\.org,2002:(?:str|int|float|bool|null|timestamp|seq|map)|!|\?")


def documents(file: str, text: str, diagnostics: Diagnostics) -> tuple[Node, ...]:
    """The documents of a file, those of a list one by one; what cannot be read becomes a flaw."""
    diagnostic = _unreadable(file, text)
    if diagnostic is not None:
        diagnostics.add(diagnostic)
        return ()
    made: list[Node] = []
    try:
        for node in _Composer(file, yaml.parse(text, Loader=LOADER), diagnostics).documents():
            made.append(node)
    except yaml.YAMLError as error:
        diagnostics.add(_syntax(file, text, error))
    except Refused as refused:
        diagnostics.add(refused.diagnostic)
    else:
        if not made:
            diagnostics.add(Diagnostic(file, 1, "", "is empty: write an SLO, or leave the file out"))
    return tuple(part for node in made for part in _parts(node))


def _parts(node: Node) -> tuple[Node, ...]:
    """The items of a list of documents, also of a list as Kubernetes prints it."""
    listed = node.fields.get("items")
    if listed is not None and node.word("kind").endswith("List"):
        return listed.items
    return node.items if isinstance(node.content, tuple) else (node,)


def _unreadable(file: str, text: str) -> Diagnostic | None:
    if len(text) > TEXT_MAX:
        return Diagnostic(file, 1, "", f"is longer than {TEXT_MAX:,} characters: put its SLOs into several files", True)
    found = _UNPRINTABLE.search(text)
    if found is None:
        return None
    line = text.count("\n", 0, found.start()) + 1
    what = f"is no text: it holds the character U+{ord(found.group()):04X}; save it as UTF-8 text"
    return Diagnostic(file, line, "", what, True)


def _syntax(file: str, text: str, error: yaml.YAMLError) -> Diagnostic:
    """The parser's complaint as one sentence."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    lines = text.rstrip().splitlines() or [""]
    # What is missing is missed behind the last line.
    line = min(mark.line + 1 if mark is not None else 1, len(lines))
    written = lines[line - 1]
    if "\t" in written[: len(written) - len(written.lstrip())]:
        return Diagnostic(file, line, "", "a tab indents this line: YAML is indented with spaces", True)
    if "nesting" in str(getattr(error, "problem", "")):
        return Diagnostic(file, line, "", DEEP, True)
    problem = " ".join(str(getattr(error, "problem", None) or "it cannot be parsed").split())
    what = f"is no valid YAML from here on: {problem}; look at colons, quotes and indentation"
    return Diagnostic(file, line, "", what, True)


class _Composer:
    """Makes nodes of the parser's events, one document after the other."""

    def __init__(self, file: str, events: Iterator[yaml.Event], diagnostics: Diagnostics) -> None:
        self._file = file
        self._events = events
        self._diagnostics = diagnostics
        self._anchors: dict[str, Node] = {}
        self._open: set[str] = set()
        self._unfolded = 0

    def documents(self) -> Iterator[Node]:
        """All documents that hold anything."""
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                self._anchors = {}
                first = next(self._events)
                node = self._node(first, "", _line(first), 0)
                if not node.is_null:
                    yield node

    def _refuse(self, line: int, key: str, what: str) -> Refused:
        return Refused(Diagnostic(self._file, line, key, what, fatal=True))

    def _node(self, event: yaml.Event, key: str, line: int, depth: int) -> Node:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, key, line)
        if depth > DEPTH_MAX:
            raise self._refuse(line, "", DEEP)
        anchor = getattr(event, "anchor", None)
        if anchor:
            self._open.add(anchor)
        node = self._content(event, key, line, depth)
        if anchor:
            self._open.discard(anchor)
            self._anchors[anchor] = node
        return node

    def _alias(self, event: yaml.Event, key: str, line: int) -> Node:
        anchor = str(getattr(event, "anchor", ""))
        if anchor in self._open:
            raise self._refuse(line, key, f"the alias *{anchor[:KEY_MAX]} holds itself: write out what is meant")
        if anchor not in self._anchors:
            raise self._refuse(line, key, f"there is no anchor &{anchor[:KEY_MAX]} before this alias in the document")
        node = self._anchors[anchor]
        self._unfolded += node.size
        if self._unfolded > UNFOLDED_MAX:
            raise self._refuse(line, key, f"the aliases unfold to more than {UNFOLDED_MAX:,} values: write them out")
        return node

    def _content(self, event: yaml.Event, key: str, line: int, depth: int) -> Node:
        tag = getattr(event, "tag", None)
        if tag and not _TAGS.fullmatch(tag):
            self._diagnostics.add(
                Diagnostic(self._file, line, key, f"the tag {shown(tag)} is not looked at: leave it out")
            )
        if isinstance(event, yaml.ScalarEvent):
            # A tag makes a plain scalar what it says; quotes say that it is text.
            plain = not event.style and tag != "tag:yaml.org,2002:str"
            return Node(self._file, line, key, str(event.value), plain)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(key, line, depth)
        return self._map(key, line, depth)

    def _list(self, key: str, line: int, depth: int) -> Node:
        items: list[Node] = []
        for event in self._events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            items.append(self._node(event, f"{key}[{len(items)}]", _line(event), depth + 1))
        return _whole(Node(self._file, line, key, tuple(items)), items)

    def _map(self, key: str, line: int, depth: int) -> Node:
        fields: dict[str, Node] = {}
        merged: list[Node] = []
        broken = False
        for event in self._events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            at = _line(event)
            name = self._node(event, key, at, depth + 1)
            path = joined(key, _printable(name.scalar or "?"))
            value = self._node(next(self._events), path, at, depth + 1)
            if name.scalar is None:
                self._diagnostics.add(Diagnostic(self._file, at, path, "a key must be text: this one is left out"))
            elif name.scalar == MERGE and name.plain:
                merged.append(value)
            elif name.scalar in fields:
                broken = True
                self._diagnostics.add(self._twice(at, path, fields[name.scalar].line))
            else:
                fields[name.scalar] = value
        whole = _whole(Node(self._file, line, key, _merged(fields, merged)), [*fields.values(), *merged])
        return replace(whole, broken=True) if broken else whole

    def _twice(self, line: int, path: str, first: int) -> Diagnostic:
        return Diagnostic(self._file, line, path, f"is there twice, first in line {first}: leave one out", fatal=True)


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark is not None else 1


def _whole(node: Node, parts: list[Node]) -> Node:
    """A list or map with what follows from its parts."""
    return replace(node, size=1 + sum(part.size for part in parts), broken=any(part.broken for part in parts))


def _merged(fields: dict[str, Node], merged: list[Node]) -> dict[str, Node]:
    """Fields with those that merge keys bring; what is written here counts more, and the earlier of two merged."""
    made = dict(fields)
    for value in merged:
        for part in value.items or (value,):
            for key, field in part.fields.items():
                made.setdefault(key, field)
    return made


def _printable(key: str) -> str:
    """A key as part of a path: short, and on one line."""
    text = "".join(char if char.isprintable() else "?" for char in key[:KEY_MAX])
    return text + "…" if len(key) > KEY_MAX else text
