"""JMeter's results as CSV (JTL): one row is one sample.

https://jmeter.apache.org/usermanual/listeners.html#csvlogformat
"""

from typing import Final

from dashboard.sources.csv.formats.format import Format

JMETER: Final = Format(
    "jmeter",
    "JMeter",
    header=frozenset({"timestamp", "elapsed", "label", "success"}),
    # `success` is what the test asserts: a response of 200 with the wrong content failed.
    columns={"time": "timeStamp", "duration": "elapsed", "ok": "success", "route": "label"},
    duration="ms",
    stamp="start",
)
