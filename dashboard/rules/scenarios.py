"""The scenarios of rule tests: synthetic traffic of an SLO, and the minutes at which rules and engine are compared."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dashboard.durations import promql_duration
from dashboard.rules.event_queries import is_counter, simple_indicators
from dashboard.rules.recording import evaluation_interval, usable_rules
from dashboard.rules.synthetic_traffic import Phase, SyntheticSlo, engine_reports
from dashboard.slo.indicators import Ratio, Raw
from dashboard.slo.objective import MINUTE, Method, Slo
from dashboard.slo.policy import LONG_MIN, MIN_FAILURES, SHORT_MIN, Row

# Events per minute, enough for the relevant shares of them to be whole numbers.
TRAFFIC = 1_000_000.0
# Minutes between updates of the recorded sums of long windows.
STEP = 5
# Minutes before, during and after an outage.
CALM, OUTAGE, AFTER = 60, 10, 20
# Distance of a burn rate from a threshold on either side, as a share of the threshold.
NEAR = 0.01


@dataclass(frozen=True, slots=True)
class Scenario:
    """Traffic of an SLO, and the minutes at which its rules are compared."""

    name: str
    phases: tuple[Phase, ...]
    minutes: tuple[int, ...]


Batch = dict[SyntheticSlo, Scenario]


def batches(slos: Sequence[SyntheticSlo]) -> Iterator[Batch]:
    """Combine scenarios of equal name and minutes, so that promtool runs fewer tests.

    SLOs that would count each other's traffic are in different batches, unless it is the same.
    """
    by_scenario: dict[tuple[str, tuple[int, ...]], list[Batch]] = {}
    for slo in slos:
        for scenario in _scenarios(slo):
            alike = by_scenario.setdefault((scenario.name, scenario.minutes), [])
            _batch_for(slo, scenario, alike)[slo] = scenario
    for alike in by_scenario.values():
        yield from alike


def _batch_for(slo: SyntheticSlo, scenario: Scenario, alike: list[Batch]) -> Batch:
    """The first batch that an SLO does not interfere with; a new one is added if there is none."""
    for batch in alike:
        if not any(_interfere(slo, scenario, *other) for other in batch.items()):
            return batch
    alike.append({})
    return alike[-1]


def _interfere(slo: SyntheticSlo, scenario: Scenario, other: SyntheticSlo, its: Scenario) -> bool:
    """Whether two SLOs need different values of the same series.

    Args:
        slo, scenario: one of them, and its traffic. `other`, `its`: the other one, and that of it.
    """
    return scenario.phases != its.phases if slo.feeds == other.feeds else slo.interferes(other)


def _scenarios(synthetic: SyntheticSlo) -> Iterator[Scenario]:
    slo = synthetic.slo
    minutes = round_up(slo, CALM / 4)
    yield Scenario("healthy", (Phase(minutes, 0.0, TRAFFIC),), (minutes,))
    if not slo.row_s:
        yield _outage()
        yield from (_burst(slo, rule.row) for rule in usable_rules(slo)[:1])
    else:
        # A single phase, so that no slice is partly good.
        yield Scenario("outage", (Phase(minutes, TRAFFIC, TRAFFIC),), (minutes,))
    yield from _few_failures(slo)
    if _takes_any_ratio(slo):
        yield from _at_thresholds(synthetic)
        yield from _suppressed(synthetic)


def _outage() -> Scenario:
    """An hour without failures, ten minutes with only failures and little traffic, and some more without failures."""
    # Traffic changes as well, which would expose a mean of ratios.
    less, more = TRAFFIC / 4, TRAFFIC * 2
    phases = (Phase(CALM, 0.0, TRAFFIC), Phase(OUTAGE, less, less), Phase(AFTER, 0.0, more))
    begin, end = CALM + 1, CALM + OUTAGE + 1
    # Include each minute around both changes, where rules and engine could differ most.
    every_step = range(CALM, CALM + OUTAGE + AFTER + 1, STEP)
    return Scenario(
        "outage", phases, tuple(sorted({*every_step, *range(begin, begin + STEP), *range(end, end + STEP)}))
    )


def _burst(slo: Slo, row: Row) -> Scenario:
    """Failures during the short window of a row: above the threshold there, but not in the long window."""
    share = _twice_the_threshold(slo, row)
    minutes = round_up(slo, row.short_s / MINUTE)
    phases = (Phase(CALM, 0.0, TRAFFIC), Phase(minutes + STEP, float(round(share * TRAFFIC)), TRAFFIC))
    return Scenario("a burst", phases, (CALM + minutes,))


def _twice_the_threshold(slo: Slo, row: Row) -> float:
    """An error ratio far above the threshold of a row."""
    return min(1.0, 2 * row.threshold(slo.window.nominal_s) * slo.budget)


def _few_failures(slo: Slo) -> Iterator[Scenario]:
    """A burn rate far above the fastest threshold, first with fewer failures than a rule needs, then with more."""
    least = slo.policy.min_failures if slo.policy is not None else MIN_FAILURES
    if least < 2 or not usable_rules(slo) or not _counts_single_events(slo):
        return
    row = usable_rules(slo)[0].row
    first = _covered_minute(slo, row)
    bad = round((least - 1) / first, 6)
    later = round_up(slo, first * (least + 1) / (least - 1))
    # promtool supports nine decimals.
    yield Scenario("few failures", (Phase(later, bad, round(bad / _twice_the_threshold(slo, row), 6)),), (first, later))


def _counts_single_events(slo: Slo) -> bool:
    """Whether its failures are whole events; those of a composite are weighted."""
    return slo.counted and isinstance(slo.indicator, Ratio) and is_counter(slo.indicator.valid)


def _takes_any_ratio(slo: Slo) -> bool:
    """Whether its error ratio can have any value at constant traffic."""
    parts = simple_indicators(slo.indicator)
    return slo.method is not Method.TIMESLICES and all(isinstance(part, Ratio | Raw) for part in parts)


def _at_thresholds(synthetic: SyntheticSlo) -> Iterator[Scenario]:
    """Burn rates just below and just above the threshold of each rule."""
    for rule in usable_rules(synthetic.slo):
        for side, factor in (("below", 1 - NEAR), ("above", 1 + NEAR)):
            name = f"{side} the {rule.row.severity} threshold over {promql_duration(rule.row.long_s)}"
            yield from _steady(synthetic, name, rule.threshold * factor, rule.row)


def _steady(synthetic: SyntheticSlo, name: str, rate: float, row: Row) -> Iterator[Scenario]:
    """A constant burn rate until a row has enough coverage; it is also compared before that."""
    slo = synthetic.slo
    minute, early = _covered_minute(slo, row), round_up(slo, LONG_MIN * row.long_s / MINUTE) - _unit(slo)
    # The burn rate at complete failure; weights of parts make it differ from 1 / budget.
    (outage,) = engine_reports({synthetic: (Phase(minute, TRAFFIC, TRAFFIC),)}, minute)
    highest = next(burn.rate for burn in outage.burn if burn.window_s == row.long_s)
    share = rate / highest if highest else 1.0
    if share < 1:
        minutes = (early, minute) if early > 0 else (minute,)
        yield Scenario(name, (Phase(minute, float(round(share * TRAFFIC)), TRAFFIC),), minutes)


def _suppressed(synthetic: SyntheticSlo) -> Iterator[Scenario]:
    """Burning so fast that rules of one severity suppress the slower ones of another."""
    rules = usable_rules(synthetic.slo)
    slower = next((rule for rule in rules if rule.row.severity != rules[0].row.severity), None)
    if slower is not None:
        fastest = max(rule.threshold for rule in rules)
        yield from _steady(synthetic, "several rules at once", fastest * (1 + NEAR), slower.row)


def _covered_minute(slo: Slo, row: Row) -> int:
    """The first minute at which both windows of a row have enough coverage, with a small margin."""
    return round_up(slo, max(LONG_MIN * row.long_s, SHORT_MIN * row.short_s) / MINUTE + STEP)


def round_up(slo: Slo, minutes: float) -> int:
    """The first minute from this one on at which slices and sums of five minutes are complete."""
    # Negated twice to round up, since floor division rounds down.
    return int(-(-minutes // _unit(slo))) * _unit(slo)


def _unit(slo: Slo) -> int:
    return max(STEP, evaluation_interval(slo) // MINUTE)
