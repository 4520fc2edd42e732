"""The blocks [[maintenance]], [[policies]] and [[slas]] of the configuration."""

from collections.abc import Mapping
from typing import Any

from dashboard.config import parsers
from dashboard.config.agreements import ALL, Agreements, Contract, Maintenance, PolicyRule
from dashboard.config.parsers import Parser, Reader
from dashboard.slo.objective import Credit, Sla
from dashboard.slo.policy import MIN_FAILURES, SEVERITIES, Policy, Row
from dashboard.timerange import DAY

Values = dict[str, Any]


def agreed(data: Mapping[str, Any], reader: Reader, *, zone: str) -> Agreements:
    """All three; what is wrong is noted with the reader."""
    maintenance = [_maintenance(place, row, reader, zone) for place, row in _rows("maintenance", data, reader)]
    policies = [_policy(place, row, reader) for place, row in _rows("policies", data, reader)]
    contracts = [_contract(place, row, reader) for place, row in _rows("slas", data, reader)]
    return Agreements(
        tuple(one for one in maintenance if one is not None),
        tuple(one for one in policies if one is not None),
        tuple(one for one in contracts if one is not None),
    )


def _severity(value: Any) -> str:
    if value not in SEVERITIES:
        raise ValueError(f"expected one of {', '.join(SEVERITIES)}")
    return str(value)


def _days(value: Any) -> int:
    seconds = parsers.duration(value)
    if seconds % DAY:
        raise ValueError("expected whole days, such as 1d or 1w")
    return int(seconds // DAY)


def _ratio(value: Any) -> float:
    made = parsers.share(value)
    if not 0 < made < 1:
        raise ValueError("expected a share between 0 and 1, such as 0.99: at 1 there is nothing to spend")
    return made


def _whole_or_none(value: Any) -> int:
    if parsers.whole(value) < 0:
        raise ValueError("expected a whole number of at least 0")
    return int(value)


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise ValueError("expected a list of tables, such as [{ ... }]")
    return value


_KNOWN: dict[str, dict[str, Parser]] = {
    "maintenance": {
        "from": parsers.local_time, "to": parsers.local_time, "reason": parsers.text, "every": _days,
        "services": parsers.texts, "slos": parsers.texts,
    },
    "policies": {
        "name": parsers.text, "rows": _list, "min_failures": _whole_or_none, "services": parsers.texts,
        "slos": parsers.texts,
    },
    "slas": {"slo": parsers.text, "objective": _ratio, "credits": _list},
}  # fmt: skip
_ROW: dict[str, Parser] = {
    "severity": _severity, "share": parsers.share, "burn": parsers.number, "long": parsers.duration,
    "short": parsers.duration,
}  # fmt: skip
_CREDIT: dict[str, Parser] = {"below": _ratio, "credit": parsers.text}


def _rows(name: str, data: Mapping[str, Any], reader: Reader) -> list[tuple[str, Values]]:
    rows = reader.blocks(name, data, _KNOWN[name])
    return [(f"{name}[{number}]", row) for number, row in enumerate(rows, start=1)]


def _missing(place: str, row: Values, reader: Reader, **wanted: str) -> bool:
    lost = [key for key in wanted if row.get(key.rstrip("_")) is None]
    for key in lost:
        reader.problem(f"{place}.{key.rstrip('_')}", f"missing: {wanted[key]}")
    return bool(lost)


def _maintenance(place: str, row: Values, reader: Reader, zone: str) -> Maintenance | None:
    if _missing(place, row, reader, from_="when it begins, such as 2026-11-01T02:00:00", to="when it ends"):
        return None
    if row["to"] <= row["from"]:
        reader.problem(f"{place}.to", "lies before from: maintenance ends after it begins")
        return None
    return Maintenance(
        row["from"],
        row["to"],
        zone,
        reason=row.get("reason", ""),
        every_days=row.get("every", 0),
        services=row.get("services", ALL),
        slos=row.get("slos", ALL),
    )


def _policy(place: str, row: Values, reader: Reader) -> PolicyRule | None:
    if _missing(place, row, reader, name="every policy needs its name", rows="the rules of the policy"):
        return None
    rows = [
        made
        for number, one in enumerate(row["rows"], start=1)
        if (made := _row(f"{place}.rows[{number}]", one, reader))
    ]
    if not rows:
        return None
    policy = Policy(row["name"], tuple(sorted(rows, key=lambda one: one.long_s)), row.get("min_failures", MIN_FAILURES))
    return PolicyRule(policy, row.get("services", ALL), row.get("slos", ALL))


def _row(place: str, values_: Any, reader: Reader) -> Row | None:
    row = reader.section(place, values_, _ROW)
    if _missing(place, row, reader, severity="page or ticket", long="the long window, such as 1h"):
        return None
    if ("share" in row) == ("burn" in row):
        reader.problem(place, "expected either share (of the budget spent in the long window) or burn (a burn rate)")
        return None
    short = row.get("short", row["long"] / 12)
    try:
        return Row(row["severity"], row.get("share", 1.0), row["long"], short, row.get("burn"))
    except ValueError as error:
        reader.problem(place, str(error))
        return None


def _contract(place: str, row: Values, reader: Reader) -> Contract | None:
    if _missing(
        place, row, reader, slo="the name of the objective it stands beside", objective="what the contract says"
    ):
        return None
    credits = []
    for number, one in enumerate(row.get("credits", []), start=1):
        made = reader.section(f"{place}.credits[{number}]", one, _CREDIT)
        if not _missing(
            f"{place}.credits[{number}]", made, reader, below="the SLI below which it is owed", credit="what is owed"
        ):
            credits.append(Credit(made["below"], made["credit"]))
    return Contract(row["slo"], Sla(row["objective"], tuple(sorted(credits, key=lambda one: -one.below))))
