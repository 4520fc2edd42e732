"""A ledger that is fed from functions of time: whatever it requests is counted from them, as by a source."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from dashboard.slo.evaluation import Evaluator
from dashboard.slo.event_requests import EventRequest
from dashboard.slo.event_rows import Gaps
from dashboard.slo.exclusions import Exclusion
from dashboard.slo.indicators import Column, Composite, Indicator, Key, Ratio, Simple, terms
from dashboard.slo.ledger import Ledger
from dashboard.slo.objective import Slo
from dashboard.slo.report import Alert, Burn, SloReport
from dashboard.timerange import HOUR, Grid

MINUTE = 60
NOW = datetime(2026, 10, 15, 12, tzinfo=UTC).timestamp()
NONE = float("nan")
# Ends of minutes (epoch seconds) → events of a minute or a level, NaN where there is no series.
Rate = Callable[[np.ndarray], np.ndarray]
SeriesByKey = dict[Key, Rate]


def always(amount: float) -> Rate:
    """As much in every minute."""
    return lambda at: np.full(len(at), float(amount))


def during(start: float, end: float, inside: float | Rate, outside: float | Rate = 0.0) -> Rate:
    """One thing after `start` until `end`, another before and after."""
    within, beside = (rate if callable(rate) else always(rate) for rate in (inside, outside))
    return lambda at: np.where((at > start) & (at <= end), within(at), beside(at))


def share(ratio: float | Rate, of: Rate) -> Rate:
    """A part of the events."""
    part = ratio if callable(ratio) else always(ratio)
    return lambda at: part(at) * of(at)


def availability(objective: float = 0.999, service: str = "shop", **how: Any) -> Slo:
    """Bad: failed requests of all requests."""
    indicator = Ratio(Column(service, "requests"), bad=Column(service, "errors", "server"))
    return Slo(service, f"{service}-availability", indicator, objective, **how)


def counts(slo: Slo, bad: float | Rate, valid: float | Rate) -> SeriesByKey:
    """What a source knows of an objective whose indicator is one ratio."""
    ratio = slo.indicator
    assert isinstance(ratio, Ratio), "only a ratio has counts"
    failed, every = (rate if callable(rate) else always(rate) for rate in (bad, valid))
    if ratio.bad is not None:
        return {ratio.valid.key: every, ratio.bad.key: failed}
    assert ratio.good is not None, "a ratio has one side"
    return {ratio.valid.key: every, ratio.good.key: lambda at: every(at) - failed(at)}


class Fed:
    """A ledger and its evaluator; `tick` asks, answers and judges.

    Attributes:
        series: term → what is known of it now; a term that is not there is not answered. `partial`: the next answers
            lack something; `warned`: they may. `requests`: what was asked for so far.
    """

    def __init__(
        self,
        slos: Sequence[Slo],
        series: Mapping[Key, Rate],
        *,
        base: int | Sequence[int] = MINUTE,
        exclusions: Sequence[Exclusion] = (),
        scrapes: Sequence[float] = (),
    ) -> None:
        self.slos, self.series, self.base = tuple(slos), dict(series), base
        shortest = base if isinstance(base, int) else min(base)
        self.ledger, self.evaluator = Ledger(base=shortest, exclusions=exclusions), Evaluator()
        self.partial = self.warned = False
        self.scrapes = scrapes
        self.requests: list[EventRequest] = []

    def tick(self, now: float) -> tuple[SloReport, ...]:
        """One evaluation of all objectives."""
        self.read(now)
        return self.evaluator.reports(self.ledger)

    def read(self, now: float) -> None:
        """Fill the ledger."""
        self.ledger.follow(self.slos, self.base, scrapes=self.scrapes)
        requests = self.ledger.due(now)
        while requests:
            request = requests.pop(0)
            self.requests.append(request)
            requests += self.ledger.add(request, self.values(request), self.gaps(request))

    def gaps(self, request: EventRequest) -> Gaps | None:
        """What the answer to a request may lack: something of all objectives, or nothing."""
        every = np.ones(len(request.slos), dtype=bool)
        return Gaps(every, every & self.partial) if self.partial or self.warned else None

    def values(self, request: EventRequest) -> dict[Key, np.ndarray]:
        """The answer to a request."""
        simple = [indicator for slo in request.slos for indicator in _simple(slo.indicator)]
        wanted = {(term.key, isinstance(indicator, Ratio)) for indicator in simple for term in terms(indicator)}
        grain, series = min(self.ledger.base, MINUTE, request.grid.step), self.series
        return {key: _answer(series[key], request.grid, adds, grain) for key, adds in wanted if key in series}


def _simple(indicator: Indicator) -> tuple[Simple, ...]:
    return tuple(part.indicator for part in indicator.parts) if isinstance(indicator, Composite) else (indicator,)


def _answer(rate: Rate, grid: Grid, adds: bool, grain: int) -> np.ndarray:
    """Of events the sum over each step, as an increase is, which looks past gaps; else the level at its end."""
    ends = np.arange(grid.start, grid.end + 1, grid.step, dtype=float)
    if not adds:
        return rate(ends)
    parts = grid.step // grain
    inner = (ends[:, None] - np.arange(parts)[::-1] * grain).ravel()
    each = rate(inner).reshape(-1, parts) * (grain / MINUTE)
    return np.where(np.isnan(each).all(axis=1), np.nan, np.nansum(each, axis=1))


def judged(
    slo: Slo,
    bad: float | Rate,
    valid: float | Rate,
    *,
    now: float = NOW,
    base: int = MINUTE,
    exclusions: Sequence[Exclusion] = (),
) -> SloReport:
    """The report of one objective whose indicator is a ratio, by a ledger that was never asked before."""
    return Fed([slo], counts(slo, bad, valid), base=base, exclusions=exclusions).tick(now)[0]


def burn_over(report: SloReport, window_s: float = HOUR) -> Burn:
    """The burn over one window."""
    return next(burn for burn in report.burn if burn.window_s == window_s)


def alert_of(report: SloReport, long_s: float = HOUR) -> Alert:
    """The rule with this long window."""
    return next(alert for alert in report.alerts if alert.rule.row.long_s == long_s)
