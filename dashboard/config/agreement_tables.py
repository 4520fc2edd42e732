"""The blocks [[maintenance]], [[policies]] and [[slas]] of the configuration."""

from collections.abc import Sequence
from typing import Any

from dashboard.config.agreements import Agreements, Maintenance, NamedSla, PolicyRule
from dashboard.slo.objective import Credit, Sla
from dashboard.slo.patterns import ALL
from dashboard.slo.policy import MIN_FAILURES, SEVERITIES, Policy, Row
from dashboard.timerange import DAY
from dashboard.toml import parsers
from dashboard.toml.place import Place
from dashboard.toml.reader import Parser, Reader, Values


def read_agreements(data: Values, reader: Reader, *, zone: str) -> Agreements:
    """Read maintenance, policies and SLAs; invalid ones are reported and left out.

    Args:
        data: the whole file, as `tomllib` gives it. `zone`: IANA name, of the times of maintenance.
    """
    maintenance = [_maintenance(place, row, reader, zone) for place, row in _blocks("maintenance", data, reader)]
    policies = [_policy(place, row, reader) for place, row in _blocks("policies", data, reader)]
    slas = [_sla(place, row, reader) for place, row in _blocks("slas", data, reader)]
    return Agreements(
        tuple(span for span in maintenance if span is not None),
        tuple(rule for rule in policies if rule is not None),
        _once([named for named in slas if named is not None], reader),
    )


def _once(slas: Sequence[NamedSla], reader: Reader) -> tuple[NamedSla, ...]:
    """The SLA of each objective; duplicates are reported, as none of them may win silently."""
    by_slo: dict[str, NamedSla] = {}
    for named in slas:
        first = by_slo.setdefault(named.slo, named)
        if first is not named:
            said = f"{named.slo} has an SLA in line {first.place.inside('slo').line} already: put both blocks into one"
            reader.problem(named.place.inside("slo"), said)
    return tuple(by_slo.values())


def _days(value: Any) -> int:
    seconds = parsers.duration(value)
    # Maintenance repeats by the calendar: with a part of a day it would drift due to daylight saving time.
    if seconds % DAY:
        raise ValueError("expected whole days, such as 1d or 1w")
    return int(seconds // DAY)


def _ratio(value: Any) -> float:
    ratio = parsers.share(value)
    if not 0 < ratio < 1:
        raise ValueError("expected a share between 0 and 1, such as 0.99: at 1 there is nothing to spend")
    return ratio


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise ValueError("expected a list of tables, such as [{ ... }]")
    return value


# Rows and credits are read separately, so that a problem names the item.
_KEYS: dict[str, dict[str, Parser]] = {
    "maintenance": {
        "from": parsers.local_time, "to": parsers.local_time, "reason": parsers.text, "every": _days,
        "services": parsers.texts, "slos": parsers.texts,
    },
    "policies": {
        "name": parsers.text, "rows": _list, "min_failures": parsers.count, "services": parsers.texts,
        "slos": parsers.texts,
    },
    "slas": {"slo": parsers.text, "objective": _ratio, "credits": _list},
}  # fmt: skip
_ROW: dict[str, Parser] = {
    "severity": parsers.one_of(tuple(SEVERITIES)), "share": parsers.share, "burn": parsers.number,
    "long": parsers.duration, "short": parsers.duration,
}  # fmt: skip
_CREDIT: dict[str, Parser] = {"below": _ratio, "credit": parsers.text}


def _blocks(name: str, data: Values, reader: Reader) -> list[tuple[Place, Values]]:
    return reader.tables(name, data, _KEYS[name])


def _maintenance(place: Place, row: Values, reader: Reader, zone: str) -> Maintenance | None:
    wanted = {"from": "when it begins, such as 2026-11-01T02:00:00", "to": "when it ends"}
    if reader.is_missing(place, row, wanted):
        return None
    if row["to"] <= row["from"]:
        reader.problem(place.inside("to"), "lies before from: maintenance ends after it begins")
        return None
    return Maintenance(
        row["from"],
        row["to"],
        zone,
        reason=row.get("reason", ""),
        every_days=row.get("every", 0),
        services=row.get("services", ALL),
        slos=row.get("slos", ALL),
        place=place,
    )


def _policy(place: Place, row: Values, reader: Reader) -> PolicyRule | None:
    lacks = reader.is_missing(place, row, {"name": "every policy needs its name", "rows": "the rules of the policy"})
    rows = [_row(place.inside("rows", number), item, reader) for number, item in enumerate(row.get("rows", ()), 1)]
    # In a policy the fastest rule comes first, in whichever order the file lists them.
    usable = sorted((rule for rule in rows if rule is not None), key=lambda rule: rule.long_s)
    if lacks or not usable:
        return None
    policy = Policy(row["name"], tuple(usable), row.get("min_failures", MIN_FAILURES))
    return PolicyRule(policy, row.get("services", ALL), row.get("slos", ALL), place)


def _row(place: Place, values: Any, reader: Reader) -> Row | None:
    # An incomplete rule is dropped: with another burn rate it would not do what was intended.
    noted = len(reader.problems)
    row = reader.table(place, values, _ROW)
    lacks = reader.is_missing(place, row, {"severity": "page or ticket", "long": "the long window, such as 1h"})
    if lacks or len(reader.problems) > noted:
        return None
    # Two ways to write the same: the workbook gives shares of the budget, rule files give burn rates.
    if ("share" in row) == ("burn" in row):
        reader.problem(place, "expected either share (of the budget spent in the long window) or burn (a burn rate)")
        return None
    # A twelfth, as the workbook advises: https://sre.google/workbook/alerting-on-slos/
    short = row.get("short", row["long"] / 12)
    try:
        return Row(row["severity"], row.get("share", 1.0), row["long"], short, row.get("burn"))
    except ValueError as error:
        reader.problem(place, str(error))
        return None


def _sla(place: Place, row: Values, reader: Reader) -> NamedSla | None:
    wanted = {"slo": "the name of the objective it stands beside", "objective": "what the SLA says"}
    lacks = reader.is_missing(place, row, wanted)
    credits = [
        _credit(place.inside("credits", number), item, reader) for number, item in enumerate(row.get("credits", ()), 1)
    ]
    if lacks:
        return None
    owed: dict[float, Credit] = {}
    for number, credit in enumerate(credits, 1):
        if credit is not None and owed.setdefault(credit.below, credit) is not credit:
            below = place.inside("credits", number, "below")
            reader.problem(below, "is there twice: what is owed below an SLI is one text")
    # Smallest first: the credit grows as the SLI falls.
    mildest_first = sorted(owed.values(), key=lambda credit: -credit.below)
    return NamedSla(row["slo"], Sla(row["objective"], tuple(mildest_first)), place)


def _credit(place: Place, values: Any, reader: Reader) -> Credit | None:
    row = reader.table(place, values, _CREDIT)
    if reader.is_missing(place, row, {"below": "the SLI below which it is owed", "credit": "what is owed"}):
        return None
    return Credit(row["below"], row["credit"])
