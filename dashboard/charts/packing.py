"""Figures in the form in which they are sent: numbers in two bytes, with three digits of precision."""

import base64
from typing import Any

import numpy as np

# The largest value is scaled to this: half floats end at 65,504, and lose digits below 0.00006.
LARGEST = 32768.0


def packed(value: Any) -> Any:
    """A copy of a figure, or of a part of one, whose arrays are half floats, each array with its own scale."""
    if isinstance(value, dict):
        return _halves(value) if "bdata" in value else {name: packed(part) for name, part in value.items()}
    return [packed(part) for part in value] if isinstance(value, list) else value


def numbers(array: dict[str, Any]) -> np.ndarray:
    """The numbers of an array of single floats in plotly's JSON, shape (N,)."""
    values: np.ndarray = np.frombuffer(base64.b64decode(array["bdata"]), "<f4")
    return values


def _halves(array: dict[str, Any]) -> dict[str, Any]:
    """An array in plotly's JSON as half floats times `scale`, with 11 bits a value: an error of at most 0.05 %."""
    return {**array, **halves(numbers(array))}


def halves(singles: np.ndarray) -> dict[str, Any]:
    """Numbers, shape (N,), as half floats with a scale."""
    values = singles.astype(float)
    sizes = np.abs(values[np.isfinite(values)])
    # A power of two, so that dividing by it does not round.
    scale = 2.0 ** np.ceil(np.log2(sizes.max() / LARGEST)) if sizes.any() else 1.0
    data = (values / scale).astype("<f2").tobytes()
    return {"dtype": "f2", "bdata": base64.b64encode(data).decode(), "scale": float(scale)}
