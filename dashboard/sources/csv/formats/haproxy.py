"""Logs of HAProxy in its HTTP format, with or without the prefix of syslog.

https://docs.haproxy.org/2.6/configuration.html#8.2.3

The service is the backend. Times are local to the configured zone, as HAProxy writes no offset.
"""

import re
from collections.abc import Sequence
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from dashboard.sources.csv.formats.format import Format, Prepared
from dashboard.sources.csv.formats.requests import (
    CLIENT_CLOSED,
    by_text,
    each_once,
    halves,
    methods_and_paths,
    naive_clf_times,
    texts,
)
from dashboard.sources.csv.formats.tokens import usual_rows, with_padded_days
from dashboard.sources.csv.layout import Layout

TIME = re.compile(r"\[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d\.\d{3}\]")
TIMERS, STATUS = re.compile(r"-?\d+(?:/-?\d+){3}/\+?\d+"), re.compile(r"-1|\d{3}")
NAMES = ("clock", "frontend", "backend", "timers", "status", "bytes", "cookie", "set_cookie", "state")
# Replaces a missing status unless the client disconnected; the vocabulary of outcomes contains it.
NO_RESPONSE = "no response"


def cut(lines: Sequence[str], _duration: str) -> Layout | None:
    """The columns of such a log by its first line; None if it is not one."""
    rows = usual_rows(lines, TIME)
    tokens = rows[0] if rows else []
    at = next((place for place, token in enumerate(tokens) if TIME.fullmatch(token)), len(tokens))
    request = next((place for place in range(at, len(tokens)) if tokens[place].startswith('"')), 0)
    if request < at + len(NAMES) or not TIMERS.fullmatch(tokens[at + 3]) or not STATUS.fullmatch(tokens[at + 4]):
        return None
    names = [f"column {place}" for place in range(len(tokens))]
    names[at : at + len(NAMES)] = NAMES
    names[request] = "request"
    return Layout(tuple(names), " ", is_log=True)


def prepare(chunk: pa.Table) -> Prepared:
    """Use the last timer, that of the whole request; without a status, the state shows who closed it."""
    method, path = methods_and_paths(chunk["request"])
    servers = each_once(chunk["backend"])
    timers = halves(texts(chunk["timers"]), "/", last=True)
    columns = {
        "time": naive_clf_times(chunk["clock"]),
        "status": _statuses(chunk),
        "duration": pc.utf8_ltrim(pc.coalesce(timers[1], timers[0]), characters="+"),
        "service": by_text(servers, halves(servers.dictionary, "/")[0]).dictionary_encode(),
        "method": method,
        "path": path,
    }
    return Prepared(pa.table(columns))


def _statuses(chunk: pa.Table) -> pa.Array:
    status, state = each_once(chunk["status"]), each_once(chunk["state"])
    gone = by_text(state, pc.starts_with(state.dictionary, "C"))
    none = by_text(status, pc.equal(status.dictionary, "-1"))
    written = by_text(status, status.dictionary)
    return pc.if_else(none, pc.if_else(gone, CLIENT_CLOSED, NO_RESPONSE), written).dictionary_encode()


HAPROXY: Final = Format(
    "haproxy",
    "a log of HAProxy",
    cut=cut,
    columns={name: name for name in ("time", "status", "duration", "service", "method", "path")},
    duration="ms",
    stamp="start",
    decimal=".",
    without_duration="no request has a duration",
    reads=("clock", "backend", "timers", "status", "state", "request"),
    free_texts=("clock", "timers", "request"),
    adds=("time", "duration", "service", "method", "path"),
    rewrite=with_padded_days,
    is_closed=True,
    prepare=prepare,
)
