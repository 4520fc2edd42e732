"""The golden document: `status --format json` of the demo at a fixed start, every key and value.

It was read by a person once and is kept: whoever means to change the contract writes it anew and reads what changed.

    .venv/bin/python -m tests.web.golden_status      writes tests/web/golden/demo_status.json
"""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.sources.demo.source import DemoSource
from dashboard.web.status_json import as_json

START = 1_760_001_800.0
DOCUMENT = Path(__file__).parent / "golden" / "demo_status.json"
# What another processor or another order of the same sums leaves of a number.
TOLERANCE = 1e-9


def status() -> Any:
    """The document as it is now: the past is learned, and the present judged by it."""
    poller = Poller(DemoSource(start=START), Settings(title="Demo"), clock=lambda: START)
    poller.tick()
    while poller.study():
        pass
    poller.tick()
    return json.loads(json.dumps(as_json(poller.read(), START), allow_nan=False))


def differences(stored: Any, now: Any, place: str = "") -> Iterator[str]:
    """Where two documents differ, a line each: keys, order and lengths exactly, numbers to `TOLERANCE`."""
    match stored, now:
        case dict(), dict():
            if list(stored) != list(now):
                yield f"{place}: keys {list(stored)} became {list(now)}"
            for key in stored.keys() & now.keys():
                yield from differences(stored[key], now[key], f"{place}.{key}")
        case list(), list():
            if len(stored) != len(now):
                yield f"{place}: {len(stored)} entries became {len(now)}"
            for number, (before, after) in enumerate(zip(stored, now, strict=False)):
                yield from differences(before, after, f"{place}[{number}]")
        case ((float() | int()), (float() | int())) if not isinstance(stored, bool) and not isinstance(now, bool):
            # A number that is 0 but for a hair has no relative error.
            if not math.isclose(stored, now, rel_tol=TOLERANCE, abs_tol=1e-12):
                yield f"{place}: {stored!r} became {now!r}"
        case _:
            if stored != now or type(stored) is not type(now):
                yield f"{place}: {stored!r} became {now!r}"


def write() -> None:
    """Keep the document as it is now."""
    DOCUMENT.parent.mkdir(exist_ok=True)
    DOCUMENT.write_text(json.dumps(status(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
