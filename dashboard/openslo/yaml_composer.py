"""Parses a YAML file to nodes with line numbers. Limits its time, depth and size.

Aliases share their target, so that nested aliases need no more memory than their text.
https://yaml.org/spec/1.2.2/
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

import yaml

from dashboard.openslo.diagnostics import Diagnostic, Diagnostics, RejectedError, excerpt, join_path
from dashboard.openslo.yaml_nodes import Node

# libyaml's parser is 20 times faster than the Python one; both return equal events.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# Maximum number of characters of a file.
TEXT_MAX = 4_000_000
DEPTH_MAX = 50
SPLIT = "split it into several files"
TOO_DEEP = f"is nested deeper than {DEPTH_MAX} levels, which no SLO is"
# Maximum number of values after expanding all aliases of a document.
UNFOLDED_MAX = 2_000_000
# Maximum number of nodes and documents of a file; thousands of SLOs have less.
NODES_MAX, DOCUMENTS_MAX = 300_000, 10_000
# Maximum length of a key or an anchor in a message.
KEY_MAX = 60
# https://yaml.org/type/merge.html
MERGE = "<<"
# https://yaml.org/spec/1.2.2/#51-character-set
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TAGS = re.compile(r"tag:yaml\.org,2002:(?:str|int|float|bool|null|timestamp|seq|map)|!|\?")


def compose_files(files: Mapping[str, str], diagnostics: Diagnostics) -> list[Node]:
    """The documents of several files (text by name), in order; unreadable ones become diagnostics."""
    return [node for file, text in files.items() for node in compose_documents(file, text, diagnostics)]


def compose_documents(file: str, text: str, diagnostics: Diagnostics) -> tuple[Node, ...]:
    """The documents of a file, those of a list separately; unreadable ones become diagnostics.

    Args:
        file: its name.
        text: its content.
        diagnostics: collects problems.
    """
    problem = _unreadable(file, text)
    if problem is not None:
        diagnostics.add(problem)
        return ()
    nodes = _compose(file, text, diagnostics)
    return tuple(document for node in nodes for document in _listed_documents(node))


def _compose(file: str, text: str, diagnostics: Diagnostics) -> list[Node]:
    nodes: list[Node] = []
    try:
        # One by one, so that documents before an error are kept.
        for node in _Composer(file, yaml.parse(text, Loader=LOADER), diagnostics).documents():
            nodes.append(node)
    except yaml.YAMLError as error:
        diagnostics.add(_syntax_error(file, text, error))
    except RejectedError as error:
        diagnostics.add(error.diagnostic)
    else:
        if not nodes:
            diagnostics.add(Diagnostic(file, 1, "", "is empty: write an SLO, or remove the file"))
    return nodes


def _listed_documents(node: Node) -> tuple[Node, ...]:
    """The items of a list of documents, also of Kubernetes' `kind: List`."""
    items = node.fields.get("items")
    if items is not None and node.word("kind").endswith("List"):
        return items.items
    return node.items if isinstance(node.content, tuple) else (node,)


def _unreadable(file: str, text: str) -> Diagnostic | None:
    if len(text) > TEXT_MAX:
        return Diagnostic(file, 1, "", f"is longer than {TEXT_MAX:,} characters: {SPLIT}", True)
    match = _UNPRINTABLE.search(text)
    if match is None:
        return None
    line = text.count("\n", 0, match.start()) + 1
    what = f"is not text: it has the character U+{ord(match.group()):04X}; save it as UTF-8 text"
    return Diagnostic(file, line, "", what, True)


def _syntax_error(file: str, text: str, error: yaml.YAMLError) -> Diagnostic:
    """The parser's error as one sentence."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    # The parser counts the end of the text as one more line.
    lines = text.rstrip().splitlines() or [""]
    # A missing token is only noticed after the last line.
    number = min(mark.line + 1 if mark is not None else 1, len(lines))
    line = lines[number - 1]
    # libyaml only reports a character that cannot start any token.
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return Diagnostic(file, number, "", "a tab indents this line: YAML is indented with spaces", True)
    # libyaml has a limit of its own, which it reaches before a node is composed.
    if "nesting" in str(getattr(error, "problem", "")):
        return Diagnostic(file, number, "", TOO_DEEP, True)
    problem = " ".join(str(getattr(error, "problem", None) or "it cannot be parsed").split())
    what = f"is not valid YAML from here on: {problem}; check colons, quotes and indentation"
    return Diagnostic(file, number, "", what, True)


class _Composer:
    """Converts the parser's events to nodes, one document after the other."""

    def __init__(self, file: str, events: Iterator[yaml.Event], diagnostics: Diagnostics) -> None:
        self._file = file
        self._events = events
        self._diagnostics = diagnostics
        self._anchors: dict[str, Node] = {}
        # Anchors whose value is incomplete: an alias to one would contain itself.
        self._open: set[str] = set()
        self._unfolded = self._nodes = self._documents = 0

    def documents(self) -> Iterator[Node]:
        """All non-empty documents.

        Raises:
            RejectedError: aliases or depth exceed the limits.
            yaml.YAMLError: the text is not valid YAML.
        """
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                # Anchors are only valid within their document.
                self._anchors = {}
                first = next(self._events)
                self._documents += 1
                if self._documents > DOCUMENTS_MAX:
                    raise self._rejected(_line(first), "", f"has more than {DOCUMENTS_MAX:,} documents: {SPLIT}")
                node = self._node(first, "", _line(first), 0)
                if not node.is_null:
                    yield node

    def _rejected(self, line: int, key: str, what: str) -> RejectedError:
        return RejectedError(Diagnostic(self._file, line, key, what, fatal=True))

    def _node(self, event: yaml.Event, key: str, line: int, depth: int) -> Node:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, key, line)
        if depth > DEPTH_MAX:
            raise self._rejected(line, "", TOO_DEEP)
        self._nodes += 1
        if self._nodes > NODES_MAX:
            raise self._rejected(line, "", f"has more than {NODES_MAX:,} values: {SPLIT}")
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
        name = anchor[:KEY_MAX]
        # Check this first, as an earlier anchor of the same name may be complete.
        if anchor in self._open:
            raise self._rejected(line, key, f"the alias *{name} contains itself: write out what is meant")
        if anchor not in self._anchors:
            raise self._rejected(line, key, f"there is no anchor &{name} before this alias in the document")
        node = self._anchors[anchor]
        self._unfolded += node.size
        if self._unfolded > UNFOLDED_MAX:
            raise self._rejected(line, key, f"the aliases unfold to more than {UNFOLDED_MAX:,} values: write them out")
        return node

    def _content(self, event: yaml.Event, key: str, line: int, depth: int) -> Node:
        tag = getattr(event, "tag", None)
        # Tags of tools, such as `!env`, refer to values outside the file.
        if tag and not _TAGS.fullmatch(tag):
            self._warn(line, key, f"the tag {excerpt(tag)} is ignored: remove it")
        if isinstance(event, yaml.ScalarEvent):
            # A tag determines the type of a plain scalar; quotes make it text.
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
        return _with_totals(Node(self._file, line, key, tuple(items)), items)

    def _map(self, key: str, line: int, depth: int) -> Node:
        fields: dict[str, Node] = {}
        merged: list[Node] = []
        has_duplicate = False
        for line_of_key, path, name, value in self._entries(key, depth):
            if name.scalar == MERGE and name.plain:
                merged.append(value)
            elif name.scalar is None:
                self._warn(line_of_key, path, "a key must be text: this one is ignored")
            elif name.scalar in fields:
                has_duplicate = True
                what = f"is a duplicate key, first in line {fields[name.scalar].line}: remove one of them"
                self._diagnostics.add(Diagnostic(self._file, line_of_key, path, what, fatal=True))
            else:
                fields[name.scalar] = value
        node = Node(self._file, line, key, _merge(fields, merged))
        node = _with_totals(node, [*fields.values(), *merged])
        return replace(node, broken=True) if has_duplicate else node

    def _entries(self, key: str, depth: int) -> Iterator[tuple[int, str, Node, Node]]:
        """Line, path, key and value of each entry of a map; an alias has the line and path of its anchor."""
        for event in self._events:
            if isinstance(event, yaml.MappingEndEvent):
                return
            line = _line(event)
            name = self._node(event, key, line, depth + 1)
            path = join_path(key, _printable(name.scalar or "?"))
            yield line, path, name, self._node(next(self._events), path, line, depth + 1)

    def _warn(self, line: int, key: str, what: str) -> None:
        self._diagnostics.add(Diagnostic(self._file, line, key, what))


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark is not None else 1


def _with_totals(node: Node, parts: list[Node]) -> Node:
    """A list or map with the size and state computed from its parts."""
    return replace(node, size=1 + sum(part.size for part in parts), broken=any(part.broken for part in parts))


def _merge(fields: dict[str, Node], merged: list[Node]) -> dict[str, Node]:
    """Fields with those of merge keys; own fields take precedence, and earlier merge keys over later ones."""
    result = dict(fields)
    for value in merged:
        for part in value.items or (value,):
            for key, field in part.fields.items():
                result.setdefault(key, field)
    return result


def _printable(key: str) -> str:
    """A key as part of a path, short and on one line."""
    text = "".join(char if char.isprintable() else "?" for char in key[:KEY_MAX])
    return text + "…" if len(key) > KEY_MAX else text
