"""Reads a preset from TOML, in a built-in file or in [[presets]] of the configuration.

docs/presets.md explains the keys to authors of presets.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from dashboard.sources.catalog import RATIO
from dashboard.sources.prometheus.presets.preset import ErrorCounter, Mean, Outcome, Preset, ResourceQuery
from dashboard.sources.prometheus.presets.preset_values import (
    label,
    label_alternatives,
    labels,
    matchers,
    metric,
    metrics,
    query,
)
from dashboard.toml import parsers
from dashboard.toml.place import Place
from dashboard.toml.reader import KeyProblem, Parser, Reader, Values, nearest

# Units of shares in percent.
PERCENT = ("percent", "%")
# Name → resources that can be exhausted, shared by many programs.
ResourceGroups = Mapping[str, tuple[ResourceQuery, ...]]


def _shown(value: Any) -> str:
    if not parsers.text(value).strip() or not value.isprintable():
        raise ValueError('expected a text of one line, such as "connection pool"')
    return parsers.text(value)


_OUTCOME: dict[str, Parser] = {
    "label": label,
    "failed": parsers.pattern,
    "refused": parsers.pattern,
    "beside": parsers.flag,
}
_ERRORS: dict[str, Parser] = {
    "metric": metric,
    "label": label,
    "failed": parsers.pattern,
    "refused": parsers.pattern,
    "fault": parsers.one_of(("server", "client")),
    "apart": parsers.flag,
}
_MEAN: dict[str, Parser] = {"sum": metric, "count": metric, "gauge": metric, "scale": parsers.number}
_RESOURCE: dict[str, Parser] = {
    "name": _shown,
    "query": query,
    "unit": _shown,
    "unverified": parsers.flag,
    "limit": query,
    "limit_unit": _shown,
}


def read_preset(reader: Reader, place: Place, table: Any, groups: ResourceGroups, name: str = "") -> Preset | None:
    """The preset of a table; None if it has problems, which are collected.

    Args:
        reader: collects problems. `place`: of the table.
        table: as returned by `tomllib`.
        groups: the resources for `resource_groups`.
        name: of the preset, if it comes from the file name.
    """
    noted = len(reader.problems)
    values = reader.table(place, table, keys(groups, named=bool(name)))
    fields = {
        "name": name,
        **_renamed(values),
        "outcomes": _outcomes(reader, place, values),
        "error_counters": _error_counters(reader, place, values),
        "resources": (*values.get("resource_groups", ()), *read_resources(reader, place, values)),
        "mean": _mean(reader, place, values),
    }
    _check(reader, place, fields, values)
    if len(reader.problems) > noted:
        return None
    requests, *others = fields.pop("requests", ("",))
    fields["marker"] = fields.get("marker") or requests
    return Preset(**fields, requests=requests, or_requests=tuple(others))


def read_resources(reader: Reader, place: Place, values: Values) -> tuple[ResourceQuery, ...]:
    """The resources of [[resources]]; problems are collected.

    Args:
        reader: collects problems. `place`: of the table that contains them. `values`: of that table.
    """
    wanted = {"name": "a resource needs the name that is shown", "query": "a resource needs its PromQL"}
    rows = _rows(reader, place, values, "resources", _RESOURCE, wanted)
    # Names of resources in groups are also taken.
    names = {resource.name for resource in values.get("resource_groups", ())}
    for inside, row in rows:
        if row.get("name") in names:
            reader.problem(inside.inside("name"), f"{row['name']} is there twice: give one of them another name")
        names.add(row.get("name", ""))
    return tuple(_resource(**row) for _, row in rows if not set(wanted) - set(row))


def _resource(
    *, name: str, query: str, unit: str = RATIO, unverified: bool = False, limit: str = "", limit_unit: str = ""
) -> ResourceQuery:
    """A resource; a share in percent is converted to a share of its limit."""
    if unit in PERCENT:
        query, unit = f"({query}) / 100", RATIO
    return ResourceQuery(name, query, unit, unverified, limit, limit_unit)


def keys(groups: ResourceGroups, *, named: bool) -> dict[str, Parser]:
    """The keys of a preset with their parsers; tables in it are read separately, each with its own keys.

    Args:
        groups: the resources for `resource_groups`. `named`: the name of the preset comes from elsewhere.
    """
    own: dict[str, Parser] = {} if named else {"name": _name}
    return own | {
        "rank": parsers.whole,
        "marker": metric,
        "requests": metrics,
        "matchers": matchers,
        "services": label_alternatives,
        "outcomes": _list,
        "errors": _list,
        "buckets": _buckets,
        "scale": parsers.number,
        "by_outcome": parsers.flag,
        "mean": _unread,
        "breakdowns": labels,
        "resource_groups": _groups(groups),
        "resources": _list,
        "ephemeral": parsers.flag,
        "exclusive": parsers.flag,
        "probe": parsers.flag,
        "notes": parsers.texts,
        "unverified": parsers.flag,
    }


def _renamed(values: Values) -> Values:
    """The keys whose values are used as fields of a preset."""
    names = {"services": "service_labels", "buckets": "bucket", "by_outcome": "latency_by_outcome"}
    apart = {"outcomes", "errors", "mean", "resources", "resource_groups"}
    return {names.get(key, key): value for key, value in values.items() if key not in apart}


def _outcomes(reader: Reader, place: Place, values: Values) -> tuple[Outcome, ...]:
    # Usually only a label is given, and its words are in the vocabulary of outcomes.
    tables = [{"label": item} if isinstance(item, str) else item for item in values.get("outcomes", ())]
    wanted = {"label": "name the label that holds the outcome"}
    rows = _rows(reader, place, {"outcomes": tables}, "outcomes", _OUTCOME, wanted)
    return tuple(Outcome(**row) for _, row in rows if "label" in row)


def _error_counters(reader: Reader, place: Place, values: Values) -> tuple[ErrorCounter, ...]:
    rows = _rows(reader, place, values, "errors", _ERRORS, {"metric": "name the counter of failed requests"})
    return tuple(_error_counter(reader, inside, row) for inside, row in rows if "metric" in row)


def _error_counter(reader: Reader, place: Place, row: Values) -> ErrorCounter:
    words = {key: row[key] for key in ("label", "failed", "refused") if key in row}
    if words and "label" not in words:
        reader.is_missing(place, row, {"label": "name the label that tells whose fault they are"})
        words = {}
    if words and "fault" in row:
        reader.problem(place.inside("fault"), "expected a label that tells whose fault they are, or a fault, not both")
    outcome = Outcome(**words) if words else None
    return ErrorCounter(row["metric"], outcome, row.get("fault", "server"), apart=row.get("apart", False))


def _mean(reader: Reader, place: Place, values: Values) -> Mean | None:
    if "mean" not in values:
        return None
    inside = place.inside("mean")
    row = reader.table(inside, values["mean"], _MEAN)
    if "gauge" not in row:
        reader.is_missing(inside, row, dict.fromkeys(("sum", "count"), "a mean needs sum and count, or a gauge"))
    elif {"sum", "count"} & set(row):
        reader.problem(inside, "expected sum and count, or a gauge, not both")
    return Mean(**row)


def _check(reader: Reader, place: Place, fields: Values, values: Values) -> None:
    """Check the consistency of keys."""
    if not fields["name"]:
        reader.is_missing(place, values, {"name": "every preset needs its name"})
    if not values.get("requests") and not values.get("marker"):
        reader.is_missing(place, values, {"requests": "name the counter of requests, or a marker and resources"})
    for key in ("outcomes", "errors", "buckets", "mean", "breakdowns", "exclusive", "probe"):
        if values.get(key) and "requests" not in values and "marker" in values:
            reader.problem(place.inside(key), "needs the counter of requests, too: add requests")
    if values.get("outcomes") and values.get("errors"):
        what = "expected outcomes, the labels of requests, or errors, counters of their own, not both"
        reader.problem(place.inside("errors"), what)


def _rows(
    reader: Reader, place: Place, values: Values, key: str, known: Mapping[str, Parser], wanted: Mapping[str, str]
) -> list[tuple[Place, Values]]:
    """The tables in a list, parsed, with their places.

    Args:
        reader: collects problems. `place`: of the table that contains the list. `values`: of that table.
        key: of the list. `known`: the keys of each of its tables. `wanted`: the required ones.
    """
    rows = []
    for number, table in enumerate(values.get(key, ()), start=1):
        inside = place.inside(key, number)
        row = reader.table(inside, table, known)
        reader.is_missing(inside, row, wanted)
        rows.append((inside, row))
    return rows


def _name(value: Any) -> str:
    if not re.fullmatch("[A-Za-z0-9][A-Za-z0-9._-]*", parsers.text(value)):
        raise ValueError('expected a name of letters, digits and -, such as "acme-http"')
    return parsers.text(value)


def _buckets(value: Any) -> str:
    if not metric(value).endswith("_bucket"):
        raise ValueError(f'expected the buckets of a histogram: a name that ends in _bucket, such as "{value}_bucket"')
    return metric(value)


def _groups(groups: ResourceGroups) -> Callable[[Any], tuple[ResourceQuery, ...]]:
    def resources(value: Any) -> tuple[ResourceQuery, ...]:
        for number, name in enumerate(parsers.texts(value), start=1):
            if name not in groups:
                raise KeyProblem(number, f"there is no such group of resources{nearest(name, groups)}")
        return tuple(resource for name in value for resource in groups[name])

    return resources


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError("expected a list in brackets")
    return value


def _unread(value: Any) -> Any:
    return value
