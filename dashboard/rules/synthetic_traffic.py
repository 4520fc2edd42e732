"""Made-up traffic for objectives: as series for promtool, and as answers for our own engine, from one description."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from dashboard import promql
from dashboard.rules.event_queries import Expression, counts_up, fills
from dashboard.rules.synthetic_series import Mix, Selected, Series, candidates, pair
from dashboard.slo.evaluation import Evaluator
from dashboard.slo.indicators import Composite, Key, Op, Ratio, Raw, Simple, Term, Threshold, terms
from dashboard.slo.ledger import Ledger
from dashboard.slo.objective import MINUTE, Slo
from dashboard.slo.report import SloReport
from dashboard.timerange import Grid

# Midnight in the middle of a month: slices, hours and days of the engine begin where promtool's time does.
ORIGIN = 1_768_435_200
What = TypeVar("What")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Minutes with the same traffic: events of each."""

    minutes: int
    bad: float
    valid: float


@dataclass(frozen=True, slots=True)
class Course:
    """One number over time: an amount for each stretch, by the minute where it adds up, else as it stands."""

    minutes: tuple[int, ...]
    amounts: tuple[float, ...]
    adds: bool

    def answered(self, grid: Grid) -> np.ndarray:
        """What a source would answer: NaN before the origin."""
        at = (np.arange(grid.start, grid.end + 1, grid.step) - ORIGIN) / MINUTE
        ends = np.cumsum(self.minutes)
        if not self.adds:
            place = np.minimum(np.searchsorted(ends, at), len(ends) - 1)
            return np.where(at >= 0, np.array(self.amounts)[place], np.nan)
        total = np.concatenate([[0.0], np.cumsum(np.multiply(self.minutes, self.amounts))])
        until, before = (np.interp(one, [0, *ends], total) for one in (at, at - grid.step / MINUTE))
        return np.where(at > 0, until - before, np.nan)

    def __str__(self) -> str:
        """As promtool reads it: a sample each minute, the first at the origin."""
        parts, total = [], 0.0
        for place, (minutes, amount) in enumerate(zip(self.minutes, self.amounts, strict=True)):
            rise, first = (amount, total + amount) if self.adds else (0.0, amount)
            if place == 0:
                parts.append(f"{_plain(first - rise)}+{_plain(rise)}x{minutes}")
            else:
                parts.append(f"{_plain(first)}+{_plain(rise)}x{minutes - 1}")
            total += amount * minutes
        return " ".join(parts)


@dataclass(frozen=True, slots=True)
class Counts:
    """Good and bad events of a ratio, by two series; `idle` ones are only there."""

    ratio: Ratio
    first: Series
    second: Series
    mix: Mix
    idle: tuple[Series, ...]
    queries: tuple[Selected, ...]

    def told(self, stretch: Stretch) -> dict[Term, float]:
        """What each term is in a stretch."""
        if self.ratio.bad is not None:
            return {self.ratio.valid: stretch.valid, self.ratio.bad: stretch.bad}
        assert self.ratio.good is not None, "a ratio has one side"
        return {self.ratio.valid: stretch.valid, self.ratio.good: stretch.valid - stretch.bad}

    @property
    def spare(self) -> Series | None:
        """The series of one side alone: while it counts nothing, it need not be there."""
        whole, side = self.queries
        if not fills(self.ratio.bad or self.ratio.good):
            return None
        for one, other in ((self.first, self.second), (self.second, self.first)):
            if side.selects(one) and not side.selects(other) and whole.fed((other, *self.idle)):
                return one
        return None

    def series(self, stretch: Stretch) -> dict[Series, float]:
        """What each series is in a stretch."""
        first, second = self.mix.values(*self.told(stretch).values())
        return {**dict.fromkeys(self.idle, 0.0), self.first: first, self.second: second}


@dataclass(frozen=True, slots=True)
class Level:
    """A value that is judged by itself, by one series."""

    indicator: Threshold | Raw
    one: Series
    weight: float
    queries: tuple[Selected, ...]
    spare: None = None

    def told(self, stretch: Stretch) -> dict[Term, float]:
        """What its term is in a stretch."""
        return {next(terms(self.indicator)): _level(self.indicator, stretch.bad / stretch.valid)}

    def series(self, stretch: Stretch) -> dict[Series, float]:
        """What its series is in a stretch."""
        (value,) = self.told(stretch).values()
        return {self.one: value / self.weight}


@dataclass(frozen=True, slots=True)
class Subject:
    """An objective and what its traffic is made of."""

    slo: Slo
    feeds: tuple[Counts | Level, ...]

    @classmethod
    def of(cls, slo: Slo, expression: Expression) -> "Subject":
        """Find series for it.

        Raises:
            ValueError: its queries do more than to add up series, or its parts share some; one line.
        """
        parts = slo.indicator.parts if isinstance(slo.indicator, Composite) else ()
        simple: list[Simple] = [part.indicator for part in parts]
        if not isinstance(slo.indicator, Composite):
            simple = [slo.indicator]
        made = cls(slo, tuple(_feed(one, expression) for one in simple))
        if any(_meet(one, other) for one in made.feeds for other in made.feeds if one is not other):
            raise ValueError("its parts count the same series")
        return made

    def meets(self, other: "Subject") -> bool:
        """Traffic of one would be counted by the other."""
        return any(_meet(one, two) or _meet(two, one) for one in self.feeds for two in other.feeds)

    def answers(self, stretches: Sequence[Stretch]) -> dict[Key, Course]:
        """What a source would say of each term."""
        made: dict[Key, Course] = {}
        for feed in self.feeds:
            made |= {term.key: one for term, one in _courses(stretches, feed, [feed.told(s) for s in stretches])}
        return made

    def series(self, stretches: Sequence[Stretch]) -> Iterator[tuple[Series, Course]]:
        """What there is to be scraped; a series that never counts anything is not there if it need not be."""
        for feed in self.feeds:
            for one, course in _courses(stretches, feed, [feed.series(one) for one in stretches]):
                if any(course.amounts) or one != feed.spare:
                    yield one, course


def judged(played: Mapping[Subject, Sequence[Stretch]], minute: int) -> tuple[SloReport, ...]:
    """What our engine says of some objectives so many minutes after the origin."""
    courses: dict[Key, Course] = {}
    for subject, stretches in played.items():
        courses |= subject.answers(stretches)
    ledger = Ledger(base=MINUTE)
    ledger.follow([subject.slo for subject in played], MINUTE)
    for ask in ledger.due(ORIGIN + minute * MINUTE):
        ledger.add(ask, {key: one.answered(ask.grid) for key, one in courses.items()})
    return Evaluator().reports(ledger)


def _feed(indicator: Simple, expression: Expression) -> Counts | Level:
    if isinstance(indicator, Ratio):
        return _counts(indicator, expression)
    term = next(terms(indicator))
    if counts_up(term):
        raise ValueError("a limit of what a counter rises by has no level")
    query = Selected.of(promql.fill_templates(expression(term)), alone=True)
    for one in candidates([query]):
        if weight := query.weight(one):
            return Level(indicator, one, weight, (query,))
    raise ValueError("no series was found that it selects")


def _counts(ratio: Ratio, expression: Expression) -> Counts:
    side = ratio.bad if ratio.bad is not None else ratio.good
    assert side is not None, "a ratio has one side"
    if counts_up(ratio.valid) != counts_up(side):
        raise ValueError("one of its sides is a counter, the other is none")
    queries = (_query(ratio.valid, expression), _query(side, expression))
    among = candidates(queries)
    first, second, mix = pair(*queries, among)
    idle = [one for query in queries for one in query.lacking((first, second), among)]
    return Counts(ratio, first, second, mix, tuple(idle), queries)


def _query(term: Term, expression: Expression) -> Selected:
    text = expression(term)
    return Selected.of(promql.increase_over(text, "5m") if counts_up(term) else promql.fill_templates(text))


def _meet(one: Counts | Level, other: Counts | Level) -> bool:
    """Some series of the one are selected by the other."""
    return any(query.selects(series) for series in one.series(Stretch(1, 0.0, 1.0)) for query in other.queries)


def _courses(
    stretches: Sequence[Stretch], feed: Counts | Level, amounts: Sequence[Mapping[What, float]]
) -> Iterator[tuple[What, Course]]:
    adds = isinstance(feed, Counts) and counts_up(feed.ratio.valid)
    minutes = tuple(one.minutes for one in stretches)
    for what in amounts[0]:
        yield what, Course(minutes, tuple(one[what] for one in amounts), adds)


def _level(indicator: Threshold | Raw, share: float) -> float:
    """A value that stands for a share of bad events; a limit is either kept or not."""
    if isinstance(indicator, Raw):
        return 1 - share if indicator.success else share
    above = (indicator.op in (Op.LTE, Op.LT)) == (share > 0)
    return indicator.limit + max(1.0, abs(indicator.limit)) * (1 if above else -1)


def _plain(value: float) -> str:
    """A number without an exponent, which promtool would not read."""
    return f"{value + 0.0:.9f}".rstrip("0").rstrip(".")
