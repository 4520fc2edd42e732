"""hey's requests as CSV (`hey -o csv`): start times are relative to the start of the run.

https://github.com/rakyll/hey: requester/print.go
"""

from math import isfinite
from typing import Final

from dashboard.sources.csv.formats.format import FileFacts, Format, Prepare, Prepared
from dashboard.sources.csv.values.columns import with_columns
from dashboard.sources.csv.values.quantities import numbers


def _begun(facts: FileFacts) -> Prepare:
    begin = facts.end(0.0) if facts.reading.start is not None else facts.modified - _seconds(facts.tail)
    return lambda chunk: Prepared(with_columns(chunk, {"time": begin + numbers(chunk["offset"])}))


def _seconds(tail: tuple[str, ...]) -> float:
    """The duration of the run: hey writes rows as requests end, so the last ones show it."""
    ends = [0.0]
    for line in tail:
        cells = line.split(",")
        try:
            ends.append(float(cells[0]) + float(cells[-1]))
        except ValueError:
            # An incomplete or damaged row.
            continue
    return max(filter(isfinite, ends))


HEY: Final = Format(
    "hey",
    "hey",
    header=frozenset({"response-time", "status-code", "offset"}),
    columns={"time": "time", "duration": "response-time", "status": "status-code"},
    duration="s",
    stamp="start",
    time_format="s",
    measures=("offset",),
    adds=("time",),
    begin=_begun,
    is_closed=True,
    note=(
        'it has no times: the run ended when the file was last changed, unless start = "2026-11-01T02:00:00Z" is '
        "written under [source]; requests without any answer are not in it"
    ),
)
