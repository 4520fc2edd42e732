"""Sentences about alerts from other tools: their start, their receivers, and the quality of their rules."""

from collections.abc import Iterator

from dashboard.alerts.alert import AlertRule, AlertState
from dashboard.alerts.alert_snapshot import AlertSnapshot, CurrentAlert
from dashboard.alerts.alertmanager import RoutingState, RoutingStatus, Silence, Suppression
from dashboard.alerts.quality import AlertQuality, PageLoad, RuleQuality
from dashboard.timerange import DAY
from dashboard.ui.text import moments, units

# Maximum number of silences and receivers to name.
NAMED = 3
DEFINITIONS = (
    "Fired counts alerts; flapped are those that fired again within 10 minutes of being resolved.",
    "Touched a budget: an error budget of the service burned beyond the usual while the alert fired, out of the alerts "
    "for which that is known.",
    "A page is what a person hears of: alerts of one rule for one service, at once or within 10 minutes, are one.",
)


def rule_name(rule: AlertRule) -> str:
    """The name of a rule; for a burn alert also its objective and long window."""
    about = f" {rule.slo}" if rule.slo else ""
    return f"{rule.name}{about}" + (f" over {rule.window}" if rule.window else "")


def sentence(current: CurrentAlert, zone: str, now: float) -> str:
    """An alert in one line: `HighErrorRate (page) firing since 23:40, sent to pagerduty`.

    Args:
        current: the alert. `zone`: IANA name of the displayed time zone. `now`: epoch seconds.
    """
    rule = current.alert.rule
    severity = f" ({rule.severity})" if rule.severity else ""
    since = moments.lately(current.alert.start, zone, now)
    return f"{rule_name(rule)}{severity} {current.state} since {since}{_way(current, zone, now)}"


def _way(current: CurrentAlert, zone: str, now: float) -> str:
    """The receivers, or why there are none; empty without an Alertmanager, and for a pending alert."""
    if current.state is AlertState.PENDING or current.routing is RoutingState.ABSENT:
        return ""
    match current.suppression:
        case Suppression.SILENCED:
            named = "; ".join(silence(each, zone, now) for each in current.silences[:NAMED])
            return f", silenced {named}" if named else ", silenced"
        case Suppression.INHIBITED:
            return ", inhibited by another alert: nobody is notified"
        case Suppression.NONE:
            return f", not silenced, sent to {listed(current.receivers)}" if current.receivers else ", not silenced"
        case None:
            unknown = current.routing is RoutingState.OK and not current.is_routed
            return ", not known to Alertmanager" if unknown else ", not known whether it is silenced"


def silence(by: Silence, zone: str, now: float) -> str:
    """Who silenced the alert, until when, and why.

    Args:
        by: the silence. `zone`: IANA name of the displayed time zone. `now`: epoch seconds.
    """
    why = f": “{by.comment}”" if by.comment else ""
    return f"by {by.author or 'somebody'} until {moments.near(by.end, zone, now)}{why}"


def listed(names: tuple[str, ...]) -> str:
    """Some names, and how many more there are."""
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")


def routing(status: RoutingStatus, zone: str, now: float) -> str:
    """What is wrong with the Alertmanager; empty if there is none, or nothing is wrong.

    Args:
        status: of the Alertmanager. `zone`: IANA name of the displayed time zone. `now`: epoch seconds.
    """
    if status.state is RoutingState.OK and status.unreachable:
        silent = f"{len(status.unreachable)} of {status.asked} Alertmanagers did not answer"
        return f"{silent}, so that what they alone know is missing: {'; '.join(status.unreachable)}"
    if status.state in (RoutingState.ABSENT, RoutingState.OK):
        return ""
    if status.state is RoutingState.STARTING:
        return "Alertmanager was not asked yet: silences are not known"
    since = "" if status.at is None else f" since {moments.lately(status.at, zone, now)}"
    why = f": {status.error}" if status.error else ""
    return f"Alertmanager has not answered{since}: which alerts are silenced is not known{why}"


def remarks(alerts: AlertSnapshot, zone: str, now: float) -> Iterator[str]:
    """A sentence for each part that is missing from the alerts.

    Args:
        alerts: all that are known. `zone`: IANA name of the displayed time zone. `now`: epoch seconds.
    """
    if alerts.error:
        yield f"Alerts could not be read: {alerts.error}"
    if said := routing(alerts.routing, zone, now):
        yield said
    if alerts.is_reading and alerts.since is not None:
        yield f"The past is still being read: known since {moments.near(alerts.since, zone, now)}"
    if alerts.resolution:
        yield f"There are so many alerts that the past is known by {units.duration(alerts.resolution)}"
    if alerts.is_cut:
        yield "There were more alerts than are kept: the oldest are left out"


def quiet(alerts: AlertSnapshot) -> str:
    """The sentence that no alert fires, as far as that can be known."""
    has_alertmanager = alerts.routing.state is RoutingState.OK
    if alerts.error is not None or (alerts.at is None and not has_alertmanager):
        return "It is not known what fires."
    return "Nothing fires." if alerts.at is not None else "Nothing fires, according to Alertmanager."


def absent(alerts: AlertSnapshot) -> str:
    """Why there are no alerts to show."""
    if alerts.error:
        return f"Alerts could not be read: {alerts.error}"
    if alerts.is_reading:
        return "Alerts of the last 30 days are being read."
    return "No alert has fired in the last 30 days, according to the source, which has no ALERTS."


def period(alerts: AlertSnapshot, zone: str) -> str:
    """The period over which rules are judged, for the title.

    Args:
        alerts: all that are known. `zone`: IANA name of the displayed time zone.
    """
    quality = alerts.quality
    if not quality.rules:
        return ""
    seconds = quality.end - quality.start
    days = f"last {seconds / DAY:.0f}{units.NBSP}days" if seconds >= 2 * DAY else f"last {units.duration(seconds)}"
    return f"{days}, nights in {zone}"


def summary(alerts: AlertSnapshot) -> Iterator[str]:
    """Sentences about the rules as a whole."""
    if alerts.at is not None and alerts.quality.rules:
        yield load(alerts.quality.load)
        yield from verdicts(alerts.quality)


def load(load_of: PageLoad) -> str:
    """One sentence on how often people were paged."""
    if not load_of.pages:
        return "Nobody was paged."
    often = "" if load_of.pages_per_week is None else f", {_number(load_of.pages_per_week)} a week"
    return f"{units.count(load_of.pages)} {'page' if load_of.pages == 1 else 'pages'}{often}{_at_night(load_of)}."


def _at_night(load_of: PageLoad) -> str:
    """How many nights were disturbed; nothing if no night is known."""
    per_night = load_of.pages_per_person_night
    if per_night is None:
        return ""
    nights = f"{load_of.nights} {'night' if load_of.nights == 1 else 'nights'}"
    if not load_of.night_pages:
        return f"; none at night in {nights}"
    each = f"{_number(per_night)} per person-night"
    return f"; {load_of.night_pages} at night, in {load_of.disturbed_nights} of {nights} ({each})"


def impact(rule: RuleQuality) -> str:
    """How many of a rule's alerts touched a budget, among those that could be judged."""
    if not rule.judged:
        return "not known"
    return f"{rule.touched} of {rule.judged}"


def verdicts(quality: AlertQuality) -> Iterator[str]:
    """Recommendations for the rules, a sentence each."""
    idle = [rule for rule in quality.without_impact if rule.pages]
    if idle:
        names = listed(tuple(rule_name(rule.rule) for rule in idle))
        yield f"Woke people and never touched a budget: {names}."
    if quality.unpaged:
        count, most = len(quality.unpaged), quality.unpaged[0]
        times = "once" if count == 1 else f"{count} times"
        yield f"Budget burned {times} and nobody was paged; the most was {units.percent(most.share)} of {most.slo}."


def _number(value: float) -> str:
    digits = 0 if value >= 9.95 else 1 if value >= 0.95 else 2
    return f"{value:.{digits}f}"
