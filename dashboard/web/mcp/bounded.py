"""Answers of at most 4 kB: what does not fit is left out from the ends of lists, and counted."""

import json
from collections.abc import Mapping
from typing import Any

MOST = 4000
# Characters of one text; where lists alone don't make an answer fit, texts become shorter.
TEXTS = (300, 120, 40)


def written(content: Mapping[str, Any], more: str = "") -> str:
    """An answer as JSON of at most `MOST` bytes.

    Args:
        content: plain values without NaN; the least important members of its lists stand last.
        more: what to ask instead where something was left out.
    """
    text = ""
    for longest in TEXTS:
        text = _fitted(_shortened(content, longest), more)
        if len(text.encode()) <= MOST:
            break
    return text


def _fitted(content: dict[str, Any], more: str) -> str:
    """With as many members of its lists as fit; each time the last one of the largest list goes."""
    text = _json(content)
    if len(text.encode()) <= MOST:
        return text
    sizes = {
        key: [len(_json(member).encode()) + 1 for member in value]
        for key, value in content.items()
        if isinstance(value, list)
    }
    left_out = dict.fromkeys(sizes, 0)
    note = {"left_out": left_out, "more": more}
    # Counts grow by digits while members go.
    room = MOST - (len(text.encode()) - sum(map(sum, sizes.values()))) - len(_json(note).encode()) - 6 * len(sizes)
    while any(sizes.values()) and sum(map(sum, sizes.values())) > room:
        largest = max(sizes, key=lambda key: sum(sizes[key]))
        sizes[largest].pop()
        left_out[largest] += 1
    kept = {key: value[: len(sizes[key])] if key in sizes else value for key, value in content.items()}
    return _json({**kept, "left_out": {key: number for key, number in left_out.items() if number}, "more": more})


def _shortened(value: Any, longest: int) -> Any:
    """The same with texts of so many characters at most."""
    if isinstance(value, str):
        return value if len(value) <= longest else f"{value[: longest - 1]}…"
    if isinstance(value, Mapping):
        return {_shortened(str(key), longest): _shortened(each, longest) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_shortened(each, longest) for each in value]
    return value


def _json(value: Any) -> str:
    return json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
