"""Access logs of nginx and Apache: the Common Log Format, and what is usually added before and after it.

https://httpd.apache.org/docs/current/mod/mod_log_config.html, https://nginx.org/en/docs/http/ngx_http_log_module.html,
https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/log-format/,
https://doc.traefik.io/traefik/observability/access-logs/

The service is the virtual host if the line begins with one, the upstream of ingress-nginx, the router of Traefik,
otherwise the name of the file.
"""

import re
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from dashboard.sources.csv.formats.access_log_extras import duration_column, durations_as_numbers
from dashboard.sources.csv.formats.format import Format, Prepared
from dashboard.sources.csv.formats.requests import (
    by_text,
    clf_times,
    each_once,
    iso_times,
    local_times,
    methods_and_paths,
)
from dashboard.sources.csv.formats.tokens import tokens_of, usual_rows, with_equal_columns
from dashboard.sources.csv.layout import Layout

TIME = re.compile(r"\[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d")
OFFSET = re.compile(r"[+-]\d{4}\]")
ISO = re.compile(r"\[?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)\]?")
# Frameworks of Python write times without an offset, as two columns.
DAY = re.compile(r"\[?\d{4}-\d\d-\d\d|\[\d\d/[A-Z][a-z]{2}/\d{4}")
CLOCK = re.compile(r"\d\d:\d\d:\d\d(?:[.,]\d+)?\]?")
# Common to all kinds of times.
MOMENT = re.compile(r"\d[:T ]\d\d:\d\d:\d\d")
# Maximum number of columns before the time: addresses, users, and the prefix of syslog or a container.
BEFORE_MAX = 10
# The same between time and request, such as a host, or a logger's name and level before the line of the server.
BETWEEN_MAX = 8
REQUEST = re.compile(r'".*"')
# What a request surely is: more than a few columns away from the time, other texts may be quoted.
SURE = re.compile(r'"[A-Z]+ \S+(?: HTTP/[\d.]+)?"')
NEAR = 2
STATUS = re.compile(r"\d{3}|-")
BYTES = re.compile(r"\d+|-")
UPSTREAM, ROUTER = re.compile(r"\[[\w.-]*\]"), re.compile(r'"[\w.-]+@\w+"')
# The service of requests without a host or upstream.
NO_NAME = "(no name)"
# Placeholders of nginx for a client without an address.
NO_ADDRESS = ("-", "unix:")
WITHOUT_DURATION = "the log holds no durations: append $request_time (nginx) or %D (Apache) to its format"


def cut(lines: Sequence[str], duration: str) -> Layout | None:
    """The columns of an access log by its first lines; None if it is not one.

    Args:
        lines: its first ones. `duration`: the configured unit of durations; empty: none.
    """
    rows = usual_rows(lines, MOMENT)
    names = _core(rows[0]) if rows else None
    if names is None or _core(tokens_of(lines[0])) is None:
        return None
    tokens = rows[0]
    host = _host([row[: names.index("clock")] for row in rows])
    if host is not None:
        names[host] = "server"
    behind = len(names)
    sizes = [row[names.index("status") + 1] if "bytes" in names else "" for row in rows]
    found, note = duration_column([row[behind:] for row in rows], sizes, duration)
    for place, token in enumerate(tokens[behind:]):
        is_server = "server" not in names and (UPSTREAM.fullmatch(token) or ROUTER.fullmatch(token))
        names.append("server" if is_server else found.get(place, f"further {place + 1}"))
    return Layout(tuple(names), " ", escape="\\", is_log=True, has_lists=True, note=note)


def _core(tokens: Sequence[str]) -> list[str] | None:
    """The names of the columns up to referrer and agent; None if the line is not from an access log."""
    names = _until_the_time(tokens)
    last = min(len(names) + BETWEEN_MAX, len(tokens) - 1)
    for request in range(len(names), last) if names else ():
        pattern = REQUEST if request < len(names) + NEAR else SURE
        if pattern.fullmatch(tokens[request]) and STATUS.fullmatch(tokens[request + 1]):
            names += [*(f"between {place}" for place in range(len(names), request)), "request", "status"]
            return names + _usual(tokens[len(names) :])
    return None


def _until_the_time(tokens: Sequence[str]) -> list[str]:
    """The names of the columns up to the time; empty without a time."""
    for at in range(min(BEFORE_MAX, len(tokens) - 2)):
        is_clf = bool(TIME.fullmatch(tokens[at]) and OFFSET.fullmatch(tokens[at + 1]))
        is_local = bool(DAY.fullmatch(tokens[at]) and CLOCK.fullmatch(tokens[at + 1]))
        if is_clf or is_local or ISO.fullmatch(tokens[at]):
            names = [f"before {place}" for place in range(at)]
            second = ["offset"] if is_clf else ["hour"] if is_local else []
            return [*names, "clock", *second]
    return []


def _usual(tokens: Sequence[str]) -> list[str]:
    """The names of the columns after the status: bytes, and the two quoted texts of the combined format."""
    names = ["bytes"] if tokens and BYTES.fullmatch(tokens[0]) else []
    quoted = [token.startswith('"') for token in tokens[len(names) : len(names) + 2]]
    return [*names, "referrer", "agent"] if quoted == [True, True] else names


def _host(rows: Sequence[Sequence[str]]) -> int | None:
    """The index of the virtual host before the time: a column besides the usual address, `-` and user.

    Args:
        rows: the columns before the time, with the same number in each row.
    """
    if len(rows[0]) != 4 or rows[0][2] != "-":
        return None
    # A host may be an address, too, but then other rows have names.
    return next((place for place in (0, 1) if not all(_is_address(row[place]) for row in rows)), None)


def _is_address(token: str) -> bool:
    if token in NO_ADDRESS:
        return True
    try:
        ip_address(token)
    except ValueError:
        return False
    return True


def prepare(chunk: pa.Table) -> Prepared:
    """Join times from two columns, and split requests into methods and paths; an invalid status is missing."""
    method, path = methods_and_paths(chunk["request"])
    status = each_once(chunk["status"])
    known = pc.match_substring_regex(status.dictionary, r"^(\d{3}|-)$")
    columns = {
        "time": _times(chunk),
        "method": method,
        "path": path,
        "status": by_text(status, pc.if_else(known, status.dictionary, None)),
    }
    if "server" in chunk.column_names:
        columns["server"] = _servers(chunk["server"])
    columns |= {name: durations_as_numbers(chunk[name]) for name in chunk.column_names if name.startswith("duration")}
    return Prepared(pa.table(columns))


def _times(chunk: pa.Table) -> pa.Array:
    if "offset" in chunk.column_names:
        return clf_times(chunk["clock"], chunk["offset"])
    return local_times(chunk["clock"], chunk["hour"]) if "hour" in chunk.column_names else iso_times(chunk["clock"])


def _servers(column: pa.ChunkedArray) -> pa.Array:
    """Virtual hosts without port, upstreams without brackets, routers without provider."""
    servers = each_once(column)
    names = pc.replace_substring_regex(servers.dictionary, r"^\[([\w.-]*)\]$", r"\1")
    names = pc.replace_substring_regex(names, r"(:\d+|@\w+)$", "")
    names = pc.if_else(pc.is_in(names, pa.array(["", "-"])), NO_NAME, names)
    return by_text(servers, names)


ACCESS_LOG: Final = Format(
    "access-log",
    "an access log as nginx and Apache write it",
    cut=cut,
    columns={"time": "time", "service": "server"},
    stamp="end",
    decimal=".",
    without_duration=WITHOUT_DURATION,
    reads=("clock", "offset", "hour", "request", "server"),
    free_texts=("request",),
    adds=("time", "method", "path"),
    rewrite=with_equal_columns,
    prepare=prepare,
)
