"""The accessible name of a chart: the number in its heading, and since when it exceeds its limit."""

import re
from html import unescape

import numpy as np
import pandas as pd

TAG = re.compile("<[^>]*>")


def name(title: str, value: str, over: str = "") -> str:
    """The name of a chart, such as "Latency p99 1.6 s, over the SLO since 13:48".

    Args:
        title: of the chart.
        value: the most important number, as HTML.
        over: what is wrong with it; empty if nothing is.
    """
    number = " ".join(unescape(TAG.sub("", value)).split())
    return ", ".join(text for text in (f"{title} {number}".strip(), over) if text)


def over_since(values: pd.Series | None, limit: float) -> float | None:
    """Since when all values exceed a limit: epoch seconds.

    None if the newest one does not, and if all do, as it then began earlier. Missing values are ignored.

    Args:
        values: indexed by time.
        limit: values above it exceed it.
    """
    known = None if values is None else values.dropna()
    if known is None or known.empty:
        return None
    under = np.flatnonzero(known.to_numpy(dtype=float) <= limit)
    if not len(under) or under[-1] == len(known) - 1:
        return None
    return float(known.index[under[-1] + 1].timestamp())
