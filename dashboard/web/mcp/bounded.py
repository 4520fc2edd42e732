"""Limits answers to 4 kB: the ends of lists and tables are cut, and counted."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

MOST = 4000
# Maximum lengths of a text, tried in turn if cutting lists alone does not make an answer fit.
TEXTS = (300, 120, 40)
# Bytes reserved for one member of a list, and of a table, if not all fit: one must not take the room of the others.
MEMBER = 1300


def written(content: Mapping[str, Any], more: str = "") -> str:
    """Write an answer as JSON of at most `MOST` bytes.

    Args:
        content: plain values without NaN; the least important members of its lists and tables come last.
        more: where to find what was left out.
    """
    text = ""
    for longest in TEXTS:
        text = _fitted(_shortened(content, longest), more)
        if len(text.encode()) <= MOST:
            break
    return text


def _fitted(content: dict[str, Any], more: str) -> str:
    """With as many members of its lists as fit: repeatedly drops the last member of the largest list."""
    text = _json(content)
    if _size(content) <= MOST:
        return text
    left_out: Counter[str] = Counter()
    for key, value in content.items():
        for member in value if isinstance(value, list) else [value]:
            _trim(member, MEMBER, key, left_out)
    lists = {key: value for key, value in content.items() if isinstance(value, list)}
    sizes = {key: [_size(member) + 1 for member in value] for key, value in lists.items()}
    # Counts gain digits, and lists get their names, while members are dropped.
    note = _size({"left_out": {**dict.fromkeys(lists, 0), **left_out}, "more": more}) + 6 * (len(lists) + len(left_out))
    room = MOST - (_size(content) - sum(map(sum, sizes.values()))) - note
    while any(sizes.values()) and sum(map(sum, sizes.values())) > room:
        largest = max(sizes, key=lambda key: sum(sizes[key]))
        sizes[largest].pop()
        lists[largest].pop()
        left_out[largest] += 1
    # What is not in a list: the rest of an answer with many tables.
    _trim(content, MOST - note, "", left_out)
    return _json({**content, "left_out": dict(left_out), "more": more})


def _trim(value: Any, room: int, name: str, left_out: Counter[str]) -> None:
    """Halve the largest list or table within a value, repeatedly, until it fits.

    Args:
        value: is changed. `room`: bytes. `name`: under which its own members are counted; empty: they all stay.
        left_out: counts dropped members.
    """
    while _size(value) > room:
        which, container = _largest(value, name)
        if not which or not container:
            return
        kept = len(container) // 2
        left_out[which] += len(container) - kept
        if isinstance(container, list):
            del container[kept:]
        else:
            for key in list(container)[kept:]:
                del container[key]


def _largest(value: Any, name: str) -> tuple[str, Any]:
    """The container to cut: the innermost one of which most of what is around it consists.

    A table is cut only if most of it are its own values: its keys are different things, while members of a list are
    alike.

    Args:
        value: is searched. `name`: its name; empty: it must not be cut itself.
    """
    if not isinstance(value, list | dict):
        return "", None
    pairs = value.items() if isinstance(value, dict) else [(name, member) for member in value]
    inside = [(str(key), member) for key, member in pairs if isinstance(member, list | dict) and member]
    if not inside:
        return name, value
    key, largest = max(inside, key=lambda pair: _size(pair[1]))
    weight = _size(largest) if isinstance(value, list) else sum(_size(member) for _, member in inside)
    return _largest(largest, key) if not name or 2 * weight > _size(value) else (name, value)


def _shortened(value: Any, longest: int) -> Any:
    """The same with texts of this many characters at most; keys of a table stay distinct."""
    if isinstance(value, str):
        return value if len(value) <= longest else f"{value[: longest - 1]}…"
    if isinstance(value, Mapping):
        table: dict[str, Any] = {}
        for key, each in value.items():
            short = _shortened(str(key), longest)
            table[short if short not in table else f"{short}{len(table)}"] = _shortened(each, longest)
        return table
    if isinstance(value, list | tuple):
        return [_shortened(each, longest) for each in value]
    return value


def _size(value: Any) -> int:
    return len(_json(value).encode())


def _json(value: Any) -> str:
    return json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
