"""An entry of triage in sentences: what is wrong, how bad, since when, how long the budget lasts, and how sure."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from dashboard.anomaly.anomalies import Anomaly
from dashboard.engine.snapshot import ServiceReport, Snapshot
from dashboard.incidents.people import Acknowledgement
from dashboard.slo.indicators import Measure
from dashboard.slo.policy import ALLOWED_RATE
from dashboard.slo.report import Exhaustion, SloReport, State
from dashboard.triage.entry import Cause, Entry, Urgency
from dashboard.ui.text import anomaly_text, falls_text, health_text, moments, objective_terms, objective_text, units
from dashboard.ui.text.status_text import SLO_STATE, Status

# The words for a number of entries, and the mark of a single one.
NEEDS: Final = {Urgency.NOW: "now", Urgency.TODAY: "today", Urgency.WEEK: "this week", Urgency.LATER: "later"}
COLOURS: Final = {Urgency.NOW: "red", Urgency.TODAY: "amber", Urgency.WEEK: "amber", Urgency.LATER: "grey"}
MARKS: Final = {
    Cause.BURN: "◆", Cause.SPENT: "✕", Cause.RUNS_OUT: "◷", Cause.ANOMALY: "▲", Cause.FULL: "◷",
}  # fmt: skip
IS_BAD: Final[dict[Measure | None, str]] = {Measure.ERRORS: "fails", Measure.LATENCY: "is too slow"}
# Starts within this many seconds count as one, given steps of five minutes.
APART_MIN_S: Final = 600.0
AS_GIVEN: Final = "name as given"


class Part(NamedTuple):
    """A part of a sentence; `look`: `b` for emphasis, `c` for the colour of the entry."""

    text: str
    look: str = ""


def plain(parts: Iterable[Part]) -> str:
    """The parts as one text, with plain spaces."""
    return units.plain("".join(part.text for part in parts))


def chip(entry: Entry) -> str:
    """The urgency of an entry, and whether it pages: NOW · PAGE."""
    kind = "" if entry.alert is None else f" · {entry.alert.rule.row.severity}"
    return f"{NEEDS[entry.urgency]}{kind}"


def status(entry: Entry) -> Status:
    """Mark, words and colour of an entry."""
    mark = SLO_STATE[State.EXHAUSTED].mark if entry.urgency is Urgency.NOW else MARKS[entry.cause]
    return Status(mark, chip(entry), COLOURS[entry.urgency])


def of_what(entry: Entry, report: ServiceReport | None) -> str:
    """Tier, team and objectives: tier 1 · payments team · availability 99.95 %.

    Args:
        entry: of the service. `report`: of the service; None if the source does not know it.
    """
    info = None if report is None else report.info
    tier = f"tier {info.tier}" if info is not None and info.tier else ""
    team = f"{info.team} team" if info is not None and info.team else ""
    slos = [f"{slo.slo.kind} {units.objective(slo.slo.objective)}" for slo in _own(entry)]
    return " · ".join(filter(None, (tier, team, *slos[:3])))


def _own(entry: Entry) -> list[SloReport]:
    """Objectives of the service that moved first."""
    return [slo for slo in entry.slos if slo.slo.service == entry.service]


# Cached: the list and the shift handover show the same sentence, for up to forty entries.
@lru_cache(maxsize=128)
def sentence(entry: Entry, zone: str, now: float) -> tuple[Part, ...]:
    """What is wrong, how bad, since when, and how long the budget lasts.

    Args:
        entry: of the list. `zone`: the time zone of the page. `now`: epoch seconds.
    """
    match entry.cause:
        case Cause.BURN:
            return tuple(_burn(entry, zone, now))
        case Cause.SPENT | Cause.RUNS_OUT:
            return tuple(_budget(entry, zone))
        case Cause.ANOMALY:
            return tuple(_unusual(entry, zone, now))
        case Cause.FULL:
            return tuple(_full(entry, zone, now))


def _burn(entry: Entry, zone: str, now: float) -> Iterator[Part]:
    alert, slo = entry.alert, entry.slo
    assert alert is not None, "a burn is of an alert that fires"
    assert slo is not None, "and an alert of an objective"
    long, short = alert.long, alert.short
    yield Part(f"{units.burn(long.rate)} burn", "c")
    yield Part(f" over {health_text.window(long.window_s)}, {units.burn(short.rate)} over ")
    yield Part(health_text.window(short.window_s))
    if entry.since is not None:
        yield Part(", for ")
        yield Part(units.duration(_minutes(now - entry.since)), "b")
    yield Part(". ")
    yield from _lasts(slo, zone)


def _minutes(seconds: float) -> float:
    return seconds if seconds < 60 else seconds // 60 * 60


def _lasts(slo: SloReport, zone: str) -> Iterator[Part]:
    """The remaining budget, and how long it lasts with the uncertainty."""
    forecast = slo.exhaustion
    if slo.judged_remaining is None or slo.state is State.EXHAUSTED or forecast is None or forecast.seconds is None:
        left = "" if slo.state is State.EXHAUSTED or slo.judged_remaining is None else units.percent(slo.remaining)
        if left:
            yield Part(left, "b")
            yield Part(f" of the {objective_terms.window(slo.slo.window)} budget left. ")
        yield Part(objective_text.lasts(slo, zone=zone), "b")
        yield Part(".")
        return
    yield Part(units.percent(slo.remaining), "b")
    yield Part(f" of the {objective_terms.window(slo.slo.window)} budget left; ")
    yield Part(f"used up in {units.duration(forecast.seconds)}", "b")
    yield Part(f"{_between(forecast)} if {objective_text.rate_window(forecast.window_s)} continues.")


def _between(forecast: Exhaustion) -> str:
    """The interval of a forecast in parentheses; empty if it has none."""
    low, high = forecast.rate_interval
    early, late = forecast.between
    if low == high or early is None:
        return ""
    latest = "never" if late is None else units.duration(late)
    return "" if latest == units.duration(early) else f" ({units.duration(early)} – {latest})"


def _budget(entry: Entry, zone: str) -> Iterator[Part]:
    slo = entry.slo
    assert slo is not None, "it is about an objective"
    yield Part(f"{slo.slo.kind.capitalize()}: ", "")
    if entry.cause is Cause.SPENT:
        yield Part("nothing is left", "c")
        yield Part(f" of the {objective_terms.window(slo.slo.window)} budget, and no burn-rate alert fires. ")
        yield Part(objective_text.lasts(slo, zone=zone), "b")
        yield Part(".")
        return
    yield from _lasts(slo, zone)
    if slo.is_period and slo.exhausts_in_s is not None:
        before = units.duration(slo.end - slo.at - slo.exhausts_in_s)
        yield Part(f" That is {before} before the period ends.")


def _unusual(entry: Entry, zone: str, now: float) -> Iterator[Part]:
    costliest = entry.anomalies[0]
    text = anomaly_text.brief(costliest, zone, now)
    yield Part(f"{text[0].upper()}{text[1:]}", "c")
    rest = anomaly_text.sentence(costliest, zone, now)[len(text) :]
    yield Part(f"{rest} No burn-rate alert fires.")


def _full(entry: Entry, zone: str, now: float) -> Iterator[Part]:
    yield Part(f"{entry.resource.capitalize()} ")
    yield Part(units.percent(entry.level), "c")
    yield Part(" of its limit")
    if entry.ahead_s == 0.0:
        yield Part(": it is full.")
    elif entry.forecast is not None and entry.forecast.full_at is not None:
        yield Part("; ")
        yield Part(f"full in {anomaly_text.full_in(entry.forecast, now)}", "b")
        yield Part(f", about {moments.near(entry.forecast.full_at, zone, now)}, if it keeps rising at this rate.")
        if before := falls_text.often(entry.forecast.falls, now):
            yield Part(f" {before[0].upper()}{before[1:]}.")
    elif entry.forecast is not None and entry.forecast.is_held:
        yield Part("; ")
        yield Part(anomaly_text.rising(entry.forecast, now), "b")
        yield Part(".")
    elif entry.since is not None:
        yield Part(f" since {moments.lately(entry.since, zone, now)}; nothing says that it fills up.")


def details(entry: Entry, zone: str, now: float) -> str:
    """Further details of an entry in short: number of failures, start, what pages, other burning objectives.

    Args:
        entry: of the list. `zone`: the time zone of the page. `now`: epoch seconds.
    """
    parts = []
    if entry.alert is not None and entry.slo is not None:
        short, rule = entry.alert.short, entry.alert.rule
        if short.valid and short.bad > 0:
            every = units.count(max(short.valid / short.bad, 1.0))
            what = f"{objective_terms.counted_events(entry.slo.slo)} {IS_BAD.get(entry.slo.slo.measure, 'is bad')}"
            parts.append(f"1 in {every} {what} ({health_text.window(short.window_s)})")
        if entry.since is not None:
            parts.append(f"began {moments.lately(entry.since, zone, now)}")
        windows = f"{health_text.window(rule.row.long_s)} and {health_text.window(rule.row.short_s)}"
        wakes = "pages" if rule.row.severity == "page" else "a ticket"
        parts.append(f"{wakes} above {units.burn(rule.threshold)} over {windows}")
    elif entry.since is not None and entry.cause is not Cause.FULL and not _says_since(entry):
        parts.append(f"began {moments.lately(entry.since, zone, now)}")
    parts += beside(entry, zone, now)
    if entry.incident is not None and entry.incident.detected_at is not None:
        parts.append(f"detected {moments.lately(entry.incident.detected_at, zone, now)}")
    return " · ".join(parts)


def _unsaid(entry: Entry) -> list[Anomaly]:
    """Anomalies of its service that neither its sentence nor its objectives mention."""
    own = [anomaly for anomaly in entry.anomalies if anomaly.service == entry.service]
    if entry.cause is Cause.RUNS_OUT:
        return own
    measures = {str(slo.slo.measure) for slo in _own(entry)}
    if entry.cause is Cause.ANOMALY:
        measures.add(str(entry.anomalies[0].signal))
    return [anomaly for anomaly in own if str(anomaly.signal) not in measures and entry.cause is not Cause.FULL]


def _says_since(entry: Entry) -> bool:
    """Whether the sentence names nearly the same time: readers would only compare the two."""
    if entry.cause is not Cause.ANOMALY or entry.since is None:
        return False
    return abs(entry.anomalies[0].since - entry.since) < APART_MIN_S


def beside(entry: Entry, zone: str, now: float) -> list[str]:
    """What else is wrong: other objectives, and anomalies that the sentence does not mention.

    Args:
        entry: of the list. `zone`: the time zone of the page. `now`: epoch seconds.
    """
    unusual = [f"also {anomaly_text.brief(anomaly, zone, now)}" for anomaly in _unsaid(entry)]
    return [*(_also(slo, entry) for slo in entry.slos[1:4]), *unusual]


def _also(slo: SloReport, entry: Entry) -> str:
    rate = next((alert.long for alert in slo.alerts if alert.firing), None)
    what = slo.slo.kind if slo.slo.service == entry.service else f"{slo.slo.service} {slo.slo.kind}"
    if rate is not None and (rate.rate or 0.0) > ALLOWED_RATE:
        return f"also {what} at {units.burn(rate.rate)}"
    return f"also {what}: {SLO_STATE[slo.state].word}"


def left(slo: SloReport, zone: str) -> str:
    """When a budget will be exhausted, with the interval; empty without a forecast.

    Args:
        slo: the objective. `zone`: the time zone of the page.
    """
    forecast = slo.exhaustion
    if forecast is None or not forecast.seconds:
        return ""
    at = moments.near(slo.at + forecast.seconds, zone, slo.at)
    early, late = forecast.between
    if early is None or forecast.rate_interval[0] == forecast.rate_interval[1]:
        return f"used up about {at}"
    latest = "never" if late is None else moments.near(slo.at + late, zone, slo.at)
    earliest = moments.near(slo.at + early, zone, slo.at)
    return f"used up about {at}" + ("" if earliest == latest else f" ({earliest} – {latest})")


def moved(entry: Entry, snapshot: Snapshot) -> list[tuple[str, str, str]]:
    """Services that moved with an entry: time, name and anomaly, a row each.

    Args:
        entry: of the list. `snapshot`: knows the names of services.
    """
    since = entry.since or 0.0
    rows = []
    for other in entry.moved:
        apart = other.since - since
        when = f"{units.duration(_minutes(abs(apart)))} {'later' if apart > 0 else 'before'}"
        what = "" if other.anomaly is None else anomaly_text.what(other.anomaly)
        rows.append((when if abs(apart) >= 60 else "with it", snapshot.service_title(other.service), what))
    return rows


def acknowledged(acknowledgement: Acknowledgement, zone: str, now: float, *, is_over: bool) -> str:
    """Who has acknowledged an entry, since when, and whether it must be confirmed again.

    Args:
        acknowledgement: the newest. `zone`: the time zone of the page. `now`: epoch seconds.
        is_over: it has expired.
    """
    since = moments.lately(acknowledgement.at, zone, now)
    seconds = max(now - acknowledgement.at, 0.0)
    age = "just now" if seconds < 60 else f"{units.duration(_minutes(seconds))} ago"
    again = " – is somebody still on it?" if is_over else ""
    return f"Acknowledged by {acknowledgement.person} ({AS_GIVEN}) at {since}, {age}{again}"
