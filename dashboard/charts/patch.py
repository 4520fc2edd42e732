"""The changes of charts since a keyframe, so that only these are sent.

The format is a JSON merge patch (https://www.rfc-editor.org/rfc/rfc7396): an object holds changed members, with null
for removed ones. In addition, a list of objects is patched by position, and an array of numbers by the number of
positions it has shifted, as time series do, and by runs of new numbers.
"""

from typing import Any, Final

import numpy as np

from dashboard.charts.packing import halves, numbers, packed

SAME: Final[dict[str, Any]] = {}


def patch(before: Any, after: Any, moved: int = 0) -> Any:
    """The patch from `before` to `after`, both as JSON with arrays of single floats; empty if they are equal.

    Args:
        before: what the receiver has.
        after: what it should have. An object replaces only an object, or nothing; an empty one only an object.
        moved: positions by which arrays have shifted to the left.
    """
    if isinstance(before, dict) and isinstance(after, dict):
        if "bdata" in before and "bdata" in after:
            return _of_array(before, after, moved)
        return _of_object(before, after)
    if _are_objects(before) and _are_objects(after) and len(before) == len(after):
        parts = {str(place): patch(*pair) for place, pair in enumerate(zip(before, after, strict=True))}
        return {place: part for place, part in parts.items() if part != SAME}
    return SAME if before == after else packed(after)


def _are_objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(part, dict) for part in value)


def _of_object(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    moved = _steps(before, after)
    gone = dict.fromkeys(before.keys() - after.keys())
    fresh = {name: packed(after[name]) for name in after.keys() - before.keys()}
    parts = {name: patch(before[name], after[name], moved) for name in before.keys() & after.keys()}
    return {**gone, **fresh, **{name: part for name, part in parts.items() if part != SAME}}


def _steps(before: dict[str, Any], after: dict[str, Any]) -> int:
    """The number of steps by which a trace begins later."""
    step = after.get("dx")
    if not step or before.get("dx") != step:
        return 0
    steps = (after["x0"] - before["x0"]) / step
    return int(steps) if steps > 0 and steps == int(steps) else 0


def _of_array(before: dict[str, Any], after: dict[str, Any], moved: int) -> dict[str, Any]:
    """Runs of new numbers, as pairs of position and length, followed by all these numbers."""
    known, wanted = numbers(before)[moved:], numbers(after)
    expected = np.full(len(wanted), np.nan, "<f4")
    expected[: len(known)] = known[: len(wanted)]
    # Compared by their bits, so that two gaps (NaN) are equal.
    places = np.flatnonzero(expected.view("<u4") != wanted.view("<u4"))
    rest = {name: value for name, value in after.items() if name != "bdata" and before.get(name) != value}
    if not (len(places) or rest or moved or len(known) != len(wanted)):
        return SAME
    return {**rest, **halves(wanted[places]), "moved": moved, "length": len(wanted), "runs": _runs(places)}


def _runs(places: np.ndarray) -> list[int]:
    begins = np.flatnonzero(np.diff(places, prepend=-2) > 1)
    lengths = np.diff(begins, append=len(places))
    return [int(number) for pair in zip(places[begins], lengths, strict=True) for number in pair]
