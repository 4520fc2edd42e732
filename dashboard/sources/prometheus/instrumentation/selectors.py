"""PromQL text: selectors with everything escaped, rate before sum."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from dashboard.durations import promql_duration
from dashboard.promql import Difference, quoted


@dataclass(frozen=True, slots=True)
class RangeFunction:
    """A function of counters over a range of time.

    Attributes:
        name: `rate` or `increase`.
        seconds: the window that the result is for.
        overlap: seconds by which the range reaches further back; the result is scaled back to `seconds`.
    """

    name: str
    seconds: float
    overlap: float = 0.0

    @property
    def scale(self) -> float:
        """The share of the range's increase that belongs to the window."""
        return self.seconds / (self.seconds + self.overlap)

    def of(self, selected: str) -> str:
        """`rate(selected[…])`, not scaled back yet."""
        if self.overlap:
            return f"{self.name}({selected}[{round((self.seconds + self.overlap) * 1000)}ms])"
        return f"{self.name}({selected}[{promql_duration(self.seconds)}])"

    def each(self, selected: str, *, native: bool = False) -> str:
        """The result for each series, not scaled back yet; with `native` the count of native histograms."""
        return f"histogram_count({self.of(selected)})" if native else self.of(selected)

    @property
    def factor(self) -> str:
        """What follows a sum of the results, so that it is scaled back."""
        return f" * {self.scale!r}" if self.overlap else ""


@dataclass(frozen=True, slots=True)
class Growth(RangeFunction):
    """What the newest sample of each counter adds to the one that was newest `seconds` before.

    Attributes:
        difference: how that is written.
    """

    difference: Difference = field(kw_only=True)

    @classmethod
    def over(cls, seconds: float, scrape_interval: float) -> "Growth":
        """Between two moments this many seconds apart."""
        return cls("increase", seconds, difference=Difference(seconds, scrape_interval))

    def each(self, selected: str, *, native: bool = False) -> str:
        return self.difference.of_histogram(selected) if native else self.difference.of(selected)


def matchers(exact: Mapping[str, str]) -> str:
    """`label="value",` for each, ending in a comma so that more may follow."""
    return "".join(f"{label}={quoted(value)}," for label, value in exact.items())


def selector(metric: str, *parts: str) -> str:
    """`metric{…}` from matcher texts; empty parts fall out."""
    inside = ",".join(part.strip(",") for part in parts if part)
    return f"{metric}{{{inside}}}"


def summed(
    function: RangeFunction,
    selected: str | Sequence[str],
    by: Sequence[str],
    *,
    native: bool = False,
    classic: str = "",
) -> str:
    """`sum by (…) (rate(…[…]))`: the rate is taken of each counter, then summed.

    Args:
        function: scaled back to its window.
        selected: a selector of counters, or several of which no two select the same; with `native`, of native
            histograms, whose counts are summed.
        by: the labels that are kept.
        classic: a selector of series whose targets are left out.
    """
    each = [selected] if isinstance(selected, str) else selected
    united = _united((function.each(selector, native=native) for selector in each), classic)
    return f"sum by ({', '.join(by)}) ({united}){function.factor}"


def merged(function: RangeFunction, selected: Sequence[str], by: Sequence[str], classic: str = "") -> str:
    """`sum by (…) (rate(…[…]))` of native histograms, as histograms.

    Args:
        function: not scaled back, as not every server can multiply a histogram by a number.
        selected: selectors of native histograms, of which no two select the same.
        by: the labels that are kept.
        classic: a selector of series whose targets are left out.
    """
    return f"sum by ({', '.join(by)}) ({_united(map(function.of, selected), classic)})"


def window_overlap(step: float, scrape_interval: float) -> float:
    """Seconds to look further back than a step, so that one window begins where the one before ended.

    Prometheus knows only what lies between the first and the last sample of a window, and takes the rest of the window
    to be alike. Each window of `step` plus one scrape (less a millisecond: to Prometheus 2 both ends belong) begins at
    the last sample of the window before: what was counted between two samples is counted in one step, and once.
    """
    return max(step, scrape_interval) - step + scrape_interval - 0.001


def without_classic(native: str, classic: str) -> str:
    """Native histograms of targets that have no classic series now; `native`, `classic`: PromQL of both."""
    return f"{native} unless on (job, instance) {classic}"


def _united(expressions: Iterable[str], classic: str) -> str:
    return " or ".join(without_classic(each, classic) if classic else each for each in expressions)


def summed_below(growth: Growth, selected: Sequence[str], by: Sequence[str], bound: str, classic: str = "") -> str:
    """What native histograms grew by up to a bound, summed.

    Args:
        growth: between which moments. `bound`: in the unit of the histograms.
        selected: selectors of native histograms, of which no two select the same.
        by: the labels that are kept.
        classic: a selector of series whose targets are left out.
    """
    each = (growth.difference.of_histogram(selector, bound) for selector in selected)
    return f"sum by ({', '.join(by)}) ({_united(each, classic)})"


def le_matcher(texts: Sequence[str]) -> str:
    """The matcher of these values of `le`, as servers of any age write them: 1 and 1.0 are the same."""
    # Prometheus wrote 1 before version 3, and 1.0 since.
    if len(texts) == 1 and not _is_whole(texts[0]):
        return f"le={quoted(texts[0])}"
    pattern = "|".join(f"{int(float(text))}(\\.0)?" if _is_whole(text) else any_of([text]) for text in texts)
    return f"le=~{quoted(pattern)}"


def _is_whole(text: str) -> bool:
    return re.fullmatch(r"\d+(\.0)?", text) is not None


def is_label(name: str) -> bool:
    """It is the name of a label as every server takes it: what is typed must not become a part of a query."""
    return re.fullmatch("[a-zA-Z_][a-zA-Z0-9_]*", name) is not None


def any_of(texts: Sequence[str]) -> str:
    """A regular expression for exactly these texts."""
    return "|".join(re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", text) for text in texts)
