"""Builds PromQL: selectors with all values escaped, rates before sums."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from dashboard.durations import promql_duration
from dashboard.promql import Difference, quoted


@dataclass(frozen=True, slots=True)
class RangeFunction:
    """A function of counters over a range.

    Attributes:
        name: `rate` or `increase`.
        seconds: the window of the result.
        overlap: seconds by which the range is longer; the result is scaled to `seconds`.
    """

    name: str
    seconds: float
    overlap: float = 0.0

    @property
    def scale(self) -> float:
        """The share of the range's increase that belongs to the window."""
        return self.seconds / (self.seconds + self.overlap)

    def of(self, selected: str) -> str:
        """`rate(selected[…])`, not yet scaled."""
        if self.overlap:
            return f"{self.name}({selected}[{round((self.seconds + self.overlap) * 1000)}ms])"
        return f"{self.name}({selected}[{promql_duration(self.seconds)}])"

    def each(self, selected: str, *, native: bool = False) -> str:
        """The result for each series, not yet scaled; with `native`, of the count of native histograms."""
        return f"histogram_count({self.of(selected)})" if native else self.of(selected)

    @property
    def factor(self) -> str:
        """The factor after a sum of the results that scales it."""
        return f" * {self.scale!r}" if self.overlap else ""


@dataclass(frozen=True, slots=True)
class Growth(RangeFunction):
    """The difference between each counter's newest sample now and `seconds` earlier.

    Attributes:
        difference: its PromQL form.
    """

    difference: Difference = field(kw_only=True)

    @classmethod
    def over(cls, seconds: float, scrape_interval: float) -> "Growth":
        """Between two times this many seconds apart."""
        return cls("increase", seconds, difference=Difference(seconds, scrape_interval))

    def each(self, selected: str, *, native: bool = False) -> str:
        return self.difference.of_histogram(selected) if native else self.difference.of(selected)


def matchers(exact: Mapping[str, str]) -> str:
    """`label="value",` for each, ending in a comma so that more may follow."""
    return "".join(f"{label}={quoted(value)}," for label, value in exact.items())


def selector(metric: str, *parts: str) -> str:
    """`metric{…}` from matcher texts; empty parts are omitted."""
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
    """`sum by (…) (rate(…[…]))`: the rate of each counter, then the sum.

    Args:
        function: scaled to its window.
        selected: a selector of counters, or several disjoint ones; with `native`, of native histograms, whose counts
            are summed.
        by: labels to keep.
        classic: a selector of series whose targets are excluded.
    """
    each = [selected] if isinstance(selected, str) else selected
    united = _united((function.each(selector, native=native) for selector in each), classic)
    return f"sum by ({', '.join(by)}) ({united}){function.factor}"


def merged(function: RangeFunction, selected: Sequence[str], by: Sequence[str], classic: str = "") -> str:
    """`sum by (…) (rate(…[…]))` of native histograms, as histograms.

    Args:
        function: not scaled, as not every server can multiply a histogram by a number.
        selected: disjoint selectors of native histograms.
        by: labels to keep.
        classic: a selector of series whose targets are excluded.
    """
    return f"sum by ({', '.join(by)}) ({_united(map(function.of, selected), classic)})"


def window_overlap(step: float, scrape_interval: float) -> float:
    """Seconds by which a window must be longer than a step, so that it begins where the previous one ended.

    Prometheus only uses the samples inside a window, and extrapolates to its ends. Each window of `step` plus one
    scrape interval (minus a millisecond, as Prometheus 2 includes both ends) begins at the last sample of the previous
    window: the growth between two samples is counted in exactly one step.
    """
    return max(step, scrape_interval) - step + scrape_interval - 0.001


def without_classic(native: str, classic: str) -> str:
    """Native histograms of targets without classic series; `native`, `classic`: PromQL of both."""
    return f"{native} unless on (job, instance) {classic}"


def _united(expressions: Iterable[str], classic: str) -> str:
    return " or ".join(without_classic(each, classic) if classic else each for each in expressions)


def summed_below(growth: Growth, selected: Sequence[str], by: Sequence[str], bound: str, classic: str = "") -> str:
    """The growth of native histograms up to a bound, summed.

    Args:
        growth: between which times. `bound`: in the unit of the histograms.
        selected: disjoint selectors of native histograms.
        by: labels to keep.
        classic: a selector of series whose targets are excluded.
    """
    each = (growth.difference.of_histogram(selector, bound) for selector in selected)
    return f"sum by ({', '.join(by)}) ({_united(each, classic)})"


def le_matcher(texts: Sequence[str]) -> str:
    """The matcher of these values of `le` in the spelling of any server version: 1 and 1.0 are the same."""
    # Prometheus wrote 1 before version 3, and 1.0 since.
    if len(texts) == 1 and not _is_whole(texts[0]):
        return f"le={quoted(texts[0])}"
    pattern = "|".join(f"{int(float(text))}(\\.0)?" if _is_whole(text) else any_of([text]) for text in texts)
    return f"le=~{quoted(pattern)}"


def _is_whole(text: str) -> bool:
    return re.fullmatch(r"\d+(\.0)?", text) is not None


def is_label(name: str) -> bool:
    """Whether it is a label name on every server: user input must not become part of a query."""
    return re.fullmatch("[a-zA-Z_][a-zA-Z0-9_]*", name) is not None


def any_of(texts: Sequence[str]) -> str:
    """A regular expression for exactly these texts."""
    return "|".join(re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", text) for text in texts)
