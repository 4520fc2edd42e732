"""vegeta's results as CSV (`vegeta encode --to csv`): no header, each row is a request.

https://github.com/tsenart/vegeta: lib/results.go; versions before 12.8 write neither method, address nor headers.
"""

import re
from dataclasses import replace
from typing import Final

from dashboard.sources.csv.formats.format import Format
from dashboard.sources.csv.layout import Layout

COLUMNS = (
    "time", "code", "latency", "bytes_out", "bytes_in", "error", "body", "attack", "seq", "method", "url", "headers",
)  # fmt: skip
# An epoch in nanoseconds, a status or 0 without a response, nanoseconds, bytes out and in.
CELL = r',(?:"(?:[^"]|"")*"|[^",]*)'
FIRST = r"\d{19},\d{1,3},\d+,\d+,\d+" + 3 * CELL + r",\d+"

VEGETA: Final = Format(
    "vegeta",
    "vegeta",
    first_line=re.compile(FIRST + 3 * CELL + "$"),
    layout=Layout(COLUMNS),
    columns={"time": "time", "duration": "latency", "status": "code", "method": "method", "path": "url"},
    duration="ns",
    stamp="start",
    time_format="ns",
    is_closed=True,
)
VEGETA_BEFORE_12_8: Final = replace(VEGETA, first_line=re.compile(FIRST + "$"), layout=Layout(COLUMNS[:9]))
