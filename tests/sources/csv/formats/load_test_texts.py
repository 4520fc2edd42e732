"""The same small load test as each tool would write it: 20 requests, one a second, of which two fail.

Ten take 40 ms, eight 90 ms; the two that fail take 400 ms. Of those that succeed half are done in 48 ms, and 95 % in
97.19 ms: that is 0.03 + 0.02 × 9 / 10 and 0.075 + 0.025 × (17.1 - 10) / 8, inside the buckets of 50 and of 100 ms.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass

from tests.sources.csv.csv_text import BEGIN

REQUESTS, FAILED, P50, P95 = 20, 2, 0.048, 0.0971875
# (seconds after BEGIN when it starts, milliseconds, it failed)
SAMPLES = [(60 + number, 40, False) for number in range(10)]
SAMPLES += [(70 + number, 90, False) for number in range(8)] + [(78, 400, True), (79, 400, True)]


@dataclass(frozen=True)
class LoadTest:
    """A file of a tool.

    Attributes:
        name: of the file. `text`: what is in it.
        route: of the requests that fail, as a breakdown names it; empty: there is none.
        broken: a further row that is broken. `reason`: why.
        title: as the tool is called.
    """

    name: str
    text: str
    route: str
    broken: str
    reason: str
    title: str


def _lines(line: Callable[[float, int, bool], str]) -> str:
    return "".join(line(BEGIN + start, milliseconds, failed) + "\n" for start, milliseconds, failed in SAMPLES)


def _gatling(user: str = "") -> str:
    def line(start: float, milliseconds: int, failed: bool) -> str:
        begin = round(start * 1000)
        name = 'search\tsay "hi"' if failed else "\thome"
        outcome = "KO\tstatus.find.in(200), found 500" if failed else "OK\t "
        others = f"USER\tvisitors\tSTART\t{begin}\n"
        others += f"GROUP\tsearch\t{begin}\t{begin + milliseconds}\t{milliseconds}\tKO\n" if failed else ""
        return f"{others}REQUEST\t{user}{name}\t{begin}\t{begin + milliseconds}\t{outcome}"

    return f"ASSERTION\tAAECAwQ=\nRUN\tshop.Visit\tvisit\t{BEGIN}000\t \t3.9.5\n{_lines(line)}"


def _vegeta(further: str = "") -> str:
    body = base64.b64encode(b'{"a": 1, "b": 2}').decode()

    def line(start: float, milliseconds: int, failed: bool) -> str:
        error = '"Get ""http://shop/"": context deadline exceeded, gave up"' if failed else ""
        return f"{start}123456789,{0 if failed else 200},{milliseconds}000000,0,16,{error},{body},,{start}{further}"

    return _lines(line)


LOAD_TESTS = {
    "Gatling": LoadTest(
        "visit.log", _gatling(), 'search,say "hi"', f"REQUEST\t\thome\tsoon\t{BEGIN}000\tOK\t \n", "duration", "Gatling"
    ),
    "Gatling before 3.4": LoadTest(
        "visit.log", _gatling("17\t"), 'search,say "hi"', "REQUEST\t17\t\thome\tOK\n", "columns", "Gatling"
    ),
    "vegeta": LoadTest(
        "visit.csv",
        _vegeta(',GET,"http://shop/?a=1,2",QWNjZXB0OiAqCg=='),
        "",
        f"{BEGIN}123456789,200,-5,0,16,,,,,GET,http://shop/,\n",
        "duration",
        "vegeta",
    ),
    "vegeta before 12.8": LoadTest(
        "visit.csv", _vegeta(), "", f"{BEGIN}123456789,200,abc,0,16,,,,\n", "duration", "vegeta"
    ),
}  # fmt: skip
