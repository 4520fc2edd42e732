"""What a browser makes of the messages about charts, as `chart_scripts/keyframe.js` does it."""

import base64
import gzip
import json
from typing import Any

import numpy as np

from dashboard import keyframes
from dashboard.ui.live_chart import Broadcast


def read(array: dict[str, Any]) -> np.ndarray:
    """The numbers of an array as it is sent, or of one that was patched."""
    if "values" in array:
        return np.asarray(array["values"])
    if array["dtype"] == "f4":
        return np.frombuffer(base64.b64decode(array["bdata"]), "<f4").astype(float)
    halves = np.frombuffer(base64.b64decode(array["bdata"]), "<f2").astype(float)
    return np.asarray(halves * array["scale"])


def patched(before: Any, patch: Any) -> Any:
    """What was there before with what has changed of it."""
    if isinstance(patch, dict) and "runs" in patch:
        return _moved(before, patch)
    if not isinstance(patch, dict) or "bdata" in patch or not isinstance(before, dict | list):
        return patch
    if isinstance(before, list):
        return [patched(part, patch[str(place)]) if str(place) in patch else part for place, part in enumerate(before)]
    merged = {**before, **{name: patched(before.get(name), part) for name, part in patch.items()}}
    return {name: part for name, part in merged.items() if part is not None or name not in patch}


def _moved(before: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    values, fresh = np.full(patch["length"], np.nan), read(patch)
    known = read(before)[patch["moved"] :][: len(values)]
    values[: len(known)] = known
    for place, count in zip(patch["runs"][::2], patch["runs"][1::2], strict=True):
        values[place : place + count], fresh = fresh[:count], fresh[count:]
    assert not len(fresh), "all new numbers have their place"
    rest = {name: part for name, part in patch.items() if name not in ("moved", "length", "runs", "bdata", "scale")}
    return {**before, **rest, "values": values}


def message(sent: Broadcast) -> Any:
    """What is sent at a refresh."""
    return json.loads(gzip.decompress(sent.message))


def payload(sent: Broadcast) -> Any:
    """The message with its cards whole."""
    return whole(sent.message)


def whole(zipped: bytes) -> Any:
    """A message with its cards whole: what the keyframe that it names has, and what has changed since."""
    text = json.loads(gzip.decompress(zipped))
    keyframe = keyframes.find(text["keyframe"].rpartition("/")[2])
    assert keyframe is not None, "whoever gets a message can fetch its keyframe"
    return {**text, "cards": patched(json.loads(gzip.decompress(keyframe.zipped)), text["cards"])}


def assert_like(shown: Any, wanted: Any) -> None:
    """Equal, arrays as closely as they are sent."""
    if isinstance(wanted, dict) and "bdata" in wanted:
        assert np.allclose(read(shown), read(wanted), rtol=1e-3, atol=0, equal_nan=True)
        assert shown.get("shape") == wanted.get("shape")
    elif isinstance(wanted, dict):
        assert {name for name, part in shown.items() if part is not None} == {
            name for name, part in wanted.items() if part is not None
        }
        for name, part in wanted.items():
            assert_like(shown.get(name), part)
    elif isinstance(wanted, list):
        assert len(shown) == len(wanted)
        for pair in zip(shown, wanted, strict=True):
            assert_like(*pair)
    else:
        assert shown == wanted
