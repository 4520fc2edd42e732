"""Synthetic traffic of SLOs, from one description: as series for promtool, and as answers for the engine."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import TypeVar

import numpy as np

from dashboard import promql
from dashboard.rules.event_queries import Expression, is_counter, is_zero_when_absent, simple_indicators
from dashboard.rules.synthetic_series import LinearQuery, PairWeights, Series, candidates, separating_pair
from dashboard.slo.evaluation import Evaluator
from dashboard.slo.indicators import Key, Op, Ratio, Raw, Simple, Term, Threshold, terms
from dashboard.slo.ledger import Ledger
from dashboard.slo.objective import MINUTE, Slo
from dashboard.slo.report import SloReport
from dashboard.timerange import Grid

# Midnight in the middle of a month, so that the engine's slices, hours and days are aligned with promtool's time.
ORIGIN = 1_768_435_200
# The key of a course: a series for promtool, or a term for the engine.
Owner = TypeVar("Owner")


@dataclass(frozen=True, slots=True)
class Phase:
    """Minutes of constant traffic: `bad` and `valid` events in each of them."""

    minutes: int
    bad: float
    valid: float


@dataclass(frozen=True, slots=True)
class Course:
    """A number over time, phase by phase.

    Attributes:
        minutes: the length of each phase.
        amounts: for each phase, a counter's increase per minute, or the value of a gauge.
        is_counter: whether amounts are summed.
    """

    minutes: tuple[int, ...]
    amounts: tuple[float, ...]
    is_counter: bool

    def answer(self, grid: Grid) -> np.ndarray:
        """The answer of a source, one value for each point of the grid; NaN before the origin."""
        at = (np.arange(grid.start, grid.end + 1, grid.step) - ORIGIN) / MINUTE
        ends = np.cumsum(self.minutes)
        if not self.is_counter:
            # A phase includes its last minute: a gauge changes in the minute after it.
            place = np.minimum(np.searchsorted(ends, at), len(ends) - 1)
            return np.where(at >= 0, np.array(self.amounts)[place], np.nan)
        # The counter's total at the ends of phases; in between it increases linearly.
        total = np.concatenate([[0.0], np.cumsum(np.multiply(self.minutes, self.amounts))])
        until, before = (np.interp(moment, [0, *ends], total) for moment in (at, at - grid.step / MINUTE))
        return np.where(at > 0, until - before, np.nan)

    def __str__(self) -> str:
        """In promtool's format: one sample per minute, the first at the origin.

        https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/#series
        """
        parts, total = [], 0.0
        for place, (minutes, amount) in enumerate(zip(self.minutes, self.amounts, strict=True)):
            rise, first = (amount, total + amount) if self.is_counter else (0.0, amount)
            # The first phase also has the sample at the origin, where its counter starts.
            if place == 0:
                parts.append(f"{_decimal(first - rise)}+{_decimal(rise)}x{minutes}")
            else:
                parts.append(f"{_decimal(first)}+{_decimal(rise)}x{minutes - 1}")
            total += amount * minutes
        return " ".join(parts)


@dataclass(frozen=True, slots=True)
class RatioFeed:
    """The series that a ratio counts: two with its events, and `idle` ones that only have to exist.

    Attributes:
        queries: of all valid events, and of the bad or good ones.
    """

    ratio: Ratio
    first: Series
    second: Series
    weights: PairWeights
    idle: tuple[Series, ...]
    # Parsed from the terms of the ratio; what was parsed twice is never equal.
    queries: tuple[LinearQuery, ...] = field(compare=False)

    @property
    def is_counter(self) -> bool:
        """Events add up."""
        return is_counter(self.ratio.valid)

    @property
    def optional(self) -> Series | None:
        """The series that belongs to one side only: while it is zero, it need not exist."""
        whole, side = self.queries
        if not is_zero_when_absent(self.ratio.bad or self.ratio.good):
            return None
        # Prometheus has no series of failures before the first failure, and rules must work without it.
        for series, other in ((self.first, self.second), (self.second, self.first)):
            if side.selects(series) and not side.selects(other) and whole.is_fed_by((other, *self.idle)):
                return series
        return None

    def term_values(self, phase: Phase) -> dict[Term, float]:
        """The value of each term in a phase."""
        if self.ratio.bad is not None:
            return {self.ratio.valid: phase.valid, self.ratio.bad: phase.bad}
        assert self.ratio.good is not None, "a ratio has good or bad events"
        return {self.ratio.valid: phase.valid, self.ratio.good: phase.valid - phase.bad}

    def series_values(self, phase: Phase) -> dict[Series, float]:
        """The value of each series in a phase."""
        first, second = self.weights.values(*self.term_values(phase).values())
        return {**dict.fromkeys(self.idle, 0.0), self.first: first, self.second: second}


@dataclass(frozen=True, slots=True)
class LevelFeed:
    """The single series of a value that is judged directly; its weight in the query is `weight`."""

    indicator: Threshold | Raw
    level: Series
    weight: float
    queries: tuple[LinearQuery, ...] = field(compare=False)
    optional: None = None
    is_counter: bool = False

    def term_values(self, phase: Phase) -> dict[Term, float]:
        """The value of its term in a phase."""
        return {next(terms(self.indicator)): _level(self.indicator, phase.bad / phase.valid)}

    def series_values(self, phase: Phase) -> dict[Series, float]:
        """The value of its series in a phase."""
        (value,) = self.term_values(phase).values()
        return {self.level: value / self.weight}


Feed = RatioFeed | LevelFeed


@dataclass(frozen=True, slots=True)
class SyntheticSlo:
    """An SLO and the series of its synthetic traffic."""

    slo: Slo
    feeds: tuple[Feed, ...]

    @classmethod
    def of(cls, slo: Slo, expression: Expression) -> "SyntheticSlo":
        """Find series for it.

        Raises:
            ValueError: its queries do more than sum series, or its parts share some; one line.
        """
        feeds = tuple(_feed(indicator, expression) for indicator in simple_indicators(slo.indicator))
        # Traffic is generated for each part separately: a series of two parts would have two values.
        if any(_selected_by(feed, other) for feed in feeds for other in feeds if feed is not other):
            raise ValueError("its parts count the same series")
        return cls(slo, feeds)

    def interferes(self, other: "SyntheticSlo") -> bool:
        """Whether one would count traffic of the other."""
        pairs = list(product(self.feeds, other.feeds))
        return any(_selected_by(feed, other_feed) or _selected_by(other_feed, feed) for feed, other_feed in pairs)

    def answers(self, phases: Sequence[Phase]) -> dict[Key, Course]:
        """The answers of a source for each term."""
        courses: dict[Key, Course] = {}
        for feed in self.feeds:
            values = [feed.term_values(phase) for phase in phases]
            courses |= {term.key: course for term, course in _courses(phases, feed, values)}
        return courses

    def series(self, phases: Sequence[Phase]) -> Iterator[tuple[Series, Course]]:
        """The series to scrape; an optional one that is always zero is omitted."""
        for feed in self.feeds:
            for series, course in _courses(phases, feed, [feed.series_values(phase) for phase in phases]):
                if any(course.amounts) or series != feed.optional:
                    yield series, course


def engine_reports(traffic: Mapping[SyntheticSlo, Sequence[Phase]], minute: int) -> tuple[SloReport, ...]:
    """The engine's reports on SLOs this many minutes after the origin, in order."""
    courses: dict[Key, Course] = {}
    for synthetic, phases in traffic.items():
        courses |= synthetic.answers(phases)
    # A separate ledger for each minute, as earlier counts do not matter here.
    ledger = Ledger(base=MINUTE)
    ledger.follow([synthetic.slo for synthetic in traffic], MINUTE)
    for request in ledger.due(ORIGIN + minute * MINUTE):
        ledger.add(request, {key: course.answer(request.grid) for key, course in courses.items()})
    return Evaluator().reports(ledger)


def _feed(indicator: Simple, expression: Expression) -> Feed:
    if isinstance(indicator, Ratio):
        return _ratio_feed(indicator, expression)
    term = next(terms(indicator))
    if is_counter(term):
        raise ValueError("a limit on the increase of a counter cannot be given a level")
    query = LinearQuery.of(promql.fill_templates(expression(term)), is_one_series=True)
    # Any series with a weight will do, as the query has no other.
    for series in candidates([query]):
        if weight := query.weight(series):
            return LevelFeed(indicator, series, weight, (query,))
    raise ValueError("no series was found that it selects")


def _ratio_feed(ratio: Ratio, expression: Expression) -> RatioFeed:
    side = ratio.bad if ratio.bad is not None else ratio.good
    assert side is not None, "a ratio has good or bad events"
    if is_counter(ratio.valid) != is_counter(side):
        raise ValueError("only one of its sides is a counter")
    queries = (_linear_query(ratio.valid, expression), _linear_query(side, expression))
    possible = candidates(queries)
    first, second, weights = separating_pair(*queries, possible)
    idle = [series for query in queries for series in query.missing((first, second), possible)]
    return RatioFeed(ratio, first, second, weights, tuple(idle), queries)


def _linear_query(term: Term, expression: Expression) -> LinearQuery:
    text = expression(term)
    return LinearQuery.of(promql.increase_over(text, "5m") if is_counter(term) else promql.fill_templates(text))


def _selected_by(feed: Feed, other: Feed) -> bool:
    """Whether a query of the other feed selects a series of this one."""
    series = feed.series_values(Phase(1, 0.0, 1.0))
    return any(query.selects(name) for name in series for query in other.queries)


def _courses(
    phases: Sequence[Phase], feed: Feed, values: Sequence[Mapping[Owner, float]]
) -> Iterator[tuple[Owner, Course]]:
    minutes = tuple(phase.minutes for phase in phases)
    for owner in values[0]:
        yield owner, Course(minutes, tuple(amounts[owner] for amounts in values), feed.is_counter)


def _level(indicator: Threshold | Raw, share: float) -> float:
    """A value that represents a share of bad events; a limit is either kept or not."""
    if isinstance(indicator, Raw):
        return 1 - share if indicator.success else share
    # Far from the limit, so that rounding errors do not matter.
    above = (indicator.op in (Op.LTE, Op.LT)) == (share > 0)
    return indicator.limit + max(1.0, abs(indicator.limit)) * (1 if above else -1)


def _decimal(value: float) -> str:
    """A number without an exponent, which promtool does not support."""
    # Adding 0.0 turns -0.0 into 0.0.
    return f"{value + 0.0:.9f}".rstrip("0").rstrip(".")
