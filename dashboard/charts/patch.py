"""The changes of charts since a keyframe, which is all that is sent.

It is written as a merge patch of JSON (https://www.rfc-editor.org/rfc/rfc7396): an object holds the members that have
changed, with null for those that are gone. Beyond that a list of objects is patched by the places in it; and an array
of numbers by how many places they have moved, as data do when time continues, and by runs of new numbers.
"""

from typing import Any, Final

import numpy as np

from dashboard.charts.packing import halves, numbers, packed

SAME: Final[dict[str, Any]] = {}


def patch(before: Any, after: Any, moved: int = 0) -> Any:
    """What makes `after` of `before`, both as JSON with arrays of single floats; empty if they are equal.

    Args:
        before: what the other side has.
        after: what it is to have. An object stands where there was one, or nothing; an empty one where there was one.
        moved: places by which arrays have moved to the left.
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
    """By how many of its steps a trace begins later."""
    step = after.get("dx")
    if not step or before.get("dx") != step:
        return 0
    steps = (after["x0"] - before["x0"]) / step
    return int(steps) if steps > 0 and steps == int(steps) else 0


def _of_array(before: dict[str, Any], after: dict[str, Any], moved: int) -> dict[str, Any]:
    """Runs of new numbers, as pairs of their place and their length, and these numbers one after the other."""
    known, wanted = numbers(before)[moved:], numbers(after)
    expected = np.full(len(wanted), np.nan, "<f4")
    expected[: len(known)] = known[: len(wanted)]
    # By their bits: a gap is no news where there was one.
    places = np.flatnonzero(expected.view("<u4") != wanted.view("<u4"))
    rest = {name: value for name, value in after.items() if name != "bdata" and before.get(name) != value}
    if not (len(places) or rest or moved or len(known) != len(wanted)):
        return SAME
    return {**rest, **halves(wanted[places]), "moved": moved, "length": len(wanted), "runs": _runs(places)}


def _runs(places: np.ndarray) -> list[int]:
    begins = np.flatnonzero(np.diff(places, prepend=-2) > 1)
    lengths = np.diff(begins, append=len(places))
    return [int(number) for pair in zip(places[begins], lengths, strict=True) for number in pair]
