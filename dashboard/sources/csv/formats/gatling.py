"""Gatling's simulation.log: each line is a request, a user, a group or the run.

https://github.com/gatling/gatling: LogFileDataWriter; before 3.4 requests also have the number of their user.
"""

import re
from typing import Final

import numpy as np
import pyarrow as pa

from dashboard.sources.csv.formats.format import Format, Prepared, Text
from dashboard.sources.csv.layout import Layout
from dashboard.sources.csv.values.columns import combined, with_columns
from dashboard.sources.csv.values.quantities import numbers

# Records that are not requests.
OTHERS = re.compile(rb"^(?:RUN|ASSERTION|USER|GROUP|ERROR)\t[^\n]*", re.MULTILINE)
NUMBERED = re.compile(rb"^(REQUEST\t)\d+\t(?=(?:[^\t\n]*\t){5})", re.MULTILINE)


def _requests(text: Text) -> bytes:
    return NUMBERED.sub(rb"\1", OTHERS.sub(b"", bytes(text)))


def _prepared(chunk: pa.Table) -> Prepared:
    route = combined([chunk["groups"], chunk["name"]], lambda groups, name: ",".join(filter(None, (groups, name))))
    # An infinite time is invalid, and its row is rejected.
    with np.errstate(invalid="ignore"):
        duration = numbers(chunk["end"]) - numbers(chunk["start"])
    return Prepared(with_columns(chunk, {"duration": duration, "route": route}))


GATLING: Final = Format(
    "gatling",
    "Gatling",
    first_line=re.compile(r"RUN\t"),
    layout=Layout(("record", "groups", "name", "start", "end", "outcome", "message"), "\t", quotes=False),
    columns={"time": "end", "duration": "duration", "status": "outcome", "route": "route"},
    duration="ms",
    stamp="end",
    time_format="ms",
    reads=("groups", "name"),
    measures=("start",),
    adds=("duration", "route"),
    prepare=_prepared,
    rewrite=_requests,
    is_closed=True,
    note="a request failed where Gatling says KO, whatever its status",
)
GATLING_BINARY: Final = Format(
    "gatling-binary",
    "Gatling",
    # A run record, and its version as text after its length.
    binary=re.compile(rb"\0\0{3}[\x05-\x10]\d+\.\d+\.\d+"),
    refusal=(
        "the simulation.log of its newer versions is binary, which only Gatling reads: convert it to CSV, such as with "
        "gatling-log-parser, or run the test with Gatling 3.11 or older"
    ),
)
