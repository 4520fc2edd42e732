"""What a chart says to somebody who does not see it: the number of its head, and since when that is over its limit."""

import re
from html import unescape

import numpy as np
import pandas as pd

TAG = re.compile("<[^>]*>")


def name(title: str, value: str, over: str = "") -> str:
    """The name of a chart, such as "Latency p99 1.6 s, over the SLO since 13:48".

    Args:
        title: of the chart.
        value: the one number that matters, as HTML.
        over: what is wrong with it; empty when nothing is.
    """
    number = " ".join(unescape(TAG.sub("", value)).split())
    return ", ".join(text for text in (f"{title} {number}".strip(), over) if text)


def over_since(values: pd.Series | None, limit: float) -> float | None:
    """Since when all values are over a limit: epoch seconds.

    None where the newest one is not, and where all are: then it began before. What is missing tells nothing.

    Args:
        values: indexed by moments.
        limit: values above it are over.
    """
    known = None if values is None else values.dropna()
    if known is None or known.empty:
        return None
    under = np.flatnonzero(known.to_numpy(dtype=float) <= limit)
    if not len(under) or under[-1] == len(known) - 1:
        return None
    return float(known.index[under[-1] + 1].timestamp())
