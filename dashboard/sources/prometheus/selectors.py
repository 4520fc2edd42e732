"""PromQL text: selectors with everything escaped, rate before sum."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboard.durations import promql_duration
from dashboard.promql import quoted


@dataclass(frozen=True, slots=True)
class Reading:
    """How counters are read: by `rate` or `increase`, over so many seconds.

    `stretch`: seconds by which they are read further back; the result is scaled back to `seconds`.
    """

    function: str
    seconds: float
    stretch: float = 0.0

    @property
    def share(self) -> float:
        """What of a reading belongs to its seconds."""
        return self.seconds / (self.seconds + self.stretch)


def matchers(exact: Mapping[str, str]) -> str:
    """`label="value",` for each, ending in a comma so that more may follow."""
    return "".join(f"{label}={quoted(value)}," for label, value in exact.items())


def selector(metric: str, *parts: str) -> str:
    """`metric{…}` from matcher texts; empty parts fall out."""
    inside = ",".join(part.strip(",") for part in parts if part)
    return f"{metric}{{{inside}}}"


def summed(reading: Reading, selected: str, by: Sequence[str], *, native: bool = False) -> str:
    """`sum by (…) (rate(…[…]))`: the rate is taken of each counter, then summed; `native`: of histograms' counts."""
    read = f"histogram_count({_read(reading, selected)})" if native else _read(reading, selected)
    return f"sum by ({', '.join(by)}) ({read}){_scaled(reading)}"


def merged(reading: Reading, selected: str, by: Sequence[str]) -> str:
    """`sum by (…) (rate(…[…]))` of native histograms, as they are: not every server can multiply one by a number."""
    return f"sum by ({', '.join(by)}) ({_read(reading, selected)})"


def _read(reading: Reading, selected: str) -> str:
    far = f"{round((reading.seconds + reading.stretch) * 1000)}ms"
    return f"{reading.function}({selected}[{far if reading.stretch else promql_duration(reading.seconds)}])"


def _scaled(reading: Reading) -> str:
    return f" * {reading.share!r}" if reading.stretch else ""


def tiled(step: float, scrape: float) -> float:
    """Seconds to read a counter further back than a step, so that one window begins where the one before ended.

    Prometheus knows only what lies between the first and the last sample of a window, and takes the rest of the window
    to be alike. Each window of `step` plus one scrape (less a millisecond: to Prometheus 2 both ends belong) begins at
    the last sample of the window before: what was counted between two samples is counted in one step, and once.
    """
    return max(step, scrape) - step + scrape - 0.001


def buckets(texts: Sequence[str]) -> str:
    """The matcher of these values of `le`, as servers of any age write them: 1 and 1.0 are the same."""
    if len(texts) == 1 and not _whole(texts[0]):
        return f"le={quoted(texts[0])}"
    pattern = "|".join(f"{int(float(text))}(\\.0)?" if _whole(text) else one_of([text]) for text in texts)
    return f"le=~{quoted(pattern)}"


def _whole(text: str) -> bool:
    return re.fullmatch(r"\d+(\.0)?", text) is not None


def one_of(texts: Sequence[str]) -> str:
    """A regular expression for exactly these texts."""
    return "|".join(re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", text) for text in texts)
