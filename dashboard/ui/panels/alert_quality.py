"""How good the alerts of others are: what fired, flapped and woke people, and how much of it touched a budget."""

from html import escape

from dashboard.alerts.picture import AlertPicture
from dashboard.alerts.quality import RuleQuality
from dashboard.engine.snapshot import Snapshot
from dashboard.ui.panels.incident_parts import card, scrolled
from dashboard.ui.shared_cache import SharedCache
from dashboard.ui.text import alert_text, moments, units
from dashboard.ui.text.change_text import length

# So many rules are listed, those that woke people most first.
MOST = 25
TITLE = "Alert quality"
_cards = SharedCache[str](4)


def quality(snapshot: Snapshot) -> str:
    """The card as HTML; empty where the source has no alerts, and no Alertmanager is configured."""
    alerts = snapshot.alerts
    if not alerts.is_known and alerts.error is None:
        return ""
    return _cards.of("", (alerts, snapshot.time_zone, snapshot.at // 60), lambda: _card(snapshot, alerts))


def _card(snapshot: Snapshot, alerts: AlertPicture) -> str:
    zone, now, judged = snapshot.time_zone, snapshot.at, alerts.quality
    since = "" if alerts.since is None else f"since {moments.near(alerts.since, zone, now)}"
    said = [alert_text.load(judged.load), *alert_text.verdicts(judged)]
    if not judged.rules:
        said = [alert_text.absent(alerts)]
    remarks = [units.sentence(remark) for remark in alert_text.remarks(alerts, zone, now)]
    sentences = "".join(f"<p>{escape(sentence)}</p>" for sentence in (*said, *remarks))
    return card(TITLE, f'<span class="m end">{since}</span>', f"{sentences}{_table(snapshot, judged.rules)}")


def _table(snapshot: Snapshot, rules: tuple[RuleQuality, ...]) -> str:
    if not rules:
        return ""
    names = ("Fired", "Flapped", "Firing in all", "Touched a budget", "Pages", "Last")
    heads = (("Rule", "l"), ("Severity", "l"), ("Services", "l"), *((name, "") for name in names))
    rows = "".join(_rule(snapshot, rule) for rule in rules[:MOST])
    more = len(rules) - MOST
    rest = f'<p class="gs-foot">and {more} more rules, which woke nobody more often</p>' if more > 0 else ""
    return f"{scrolled(TITLE, heads, rows)}{rest}"


def _rule(snapshot: Snapshot, quality_of: RuleQuality) -> str:
    services = alert_text.listed(tuple(map(snapshot.service_title, quality_of.services))) or units.MISSING
    texts = (alert_text.rule_name(quality_of.rule), quality_of.rule.severity or units.MISSING, services)
    touched = alert_text.impact(quality_of)
    numbers = (
        units.count(quality_of.fired),
        units.count(quality_of.flapped),
        length(quality_of.firing_s),
        f"<b>{touched}</b>" if quality_of.never_had_impact else touched,
        units.count(quality_of.times_paged) if quality_of.pages else units.MISSING,
        moments.near(quality_of.last, snapshot.time_zone, snapshot.at),
    )
    words = "".join(f'<td class="l">{escape(text)}</td>' for text in texts)
    return f"<tr>{words}{''.join(f'<td>{number}</td>' for number in numbers)}</tr>"
