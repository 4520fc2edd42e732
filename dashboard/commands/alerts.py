"""alerts: print what fires, who is notified, and how good the rules of the last 30 days are."""

import argparse
import json
from collections.abc import Iterator

from dashboard.alerts.alert_snapshot import AlertSnapshot
from dashboard.commands.answer import remark
from dashboard.commands.options import configuration_with_source
from dashboard.commands.row_times import typed_moment
from dashboard.commands.text_table import table_lines
from dashboard.engine.opening import open_poller
from dashboard.engine.snapshot import Snapshot
from dashboard.printable import printable
from dashboard.ui.text import alert_text, units
from dashboard.web.incidents.alerts_json import as_json

# The same code as `status`: nothing is known about alerts.
NO_DATA = 3


def alerts(options: argparse.Namespace) -> int:
    """Print the known alerts; the exit code is 3 if nothing is known about alerts."""
    config = configuration_with_source(options)
    at = typed_moment(options.at, config.time_zone, "--at") if options.at else None
    poller = open_poller(config, now=at, is_watched=False)
    try:
        # The first refresh finds the services that alerts belong to, and counts what was spent of their budgets.
        poller.tick()
        poller.alerts.read_all(poller.snapshot.at)
        poller.tick()
    finally:
        poller.stop()
    snapshot = poller.read()
    if options.format == "json":
        print(json.dumps(as_json(snapshot, poller.clock()), indent=1, allow_nan=False))
    else:
        print("\n".join(printable(units.plain(line)) for line in _lines(snapshot, poller.clock())))
    for line in alert_text.remarks(snapshot.alerts, snapshot.time_zone, poller.clock()):
        remark(line)
    return 0 if snapshot.alerts.is_known else NO_DATA


def _lines(snapshot: Snapshot, now: float) -> Iterator[str]:
    alerts = snapshot.alerts
    if not alerts.is_known:
        yield alert_text.absent(alerts)
        return
    yield from _firing(snapshot, now)
    if alerts.at is not None:
        yield ""
        yield from alert_text.summary(alerts)
        yield ""
        yield from table_lines(_rows(alerts))


def _firing(snapshot: Snapshot, now: float) -> Iterator[str]:
    zone = snapshot.time_zone
    for current in (*snapshot.alerts.firing, *snapshot.alerts.pending):
        service = current.alert.service
        about = "" if service is None else f"{snapshot.service_title(service)}: "
        yield f"{about}{alert_text.sentence(current, zone, now)}"
    if not snapshot.alerts.firing:
        yield alert_text.quiet(snapshot.alerts)


def _rows(alerts: AlertSnapshot) -> Iterator[tuple[str, ...]]:
    yield ("RULE", "SEVERITY", "FIRED", "FLAPPED", "FIRING TIME", "TOUCHED A BUDGET", "PAGES")
    for rule in alerts.quality.rules:
        yield (
            alert_text.rule_name(rule.rule),
            rule.rule.severity or units.MISSING,
            units.count(rule.fired),
            units.count(rule.flapped),
            units.duration(rule.firing_s),
            alert_text.impact(rule),
            units.count(rule.times_paged) if rule.pages else units.MISSING,
        )
