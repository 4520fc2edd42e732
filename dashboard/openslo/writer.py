"""Objectives out: OpenSLO v1, one YAML document for each object, so strict that it reads back without a flaw."""

from collections.abc import Iterable, Sequence
from typing import Any

import yaml

from dashboard.openslo.alert_writer import Alerts
from dashboard.openslo.annotations import PREFIX
from dashboard.openslo.catalog import is_name
from dashboard.openslo.duration_shorthand import MINUTE, exact_text, of_seconds
from dashboard.openslo.indicator_kind import kind_of, limit_of
from dashboard.openslo.indicator_writer import indicator_spec
from dashboard.openslo.map_fields import is_ambiguous
from dashboard.openslo.slo_reader import slug
from dashboard.openslo.time_windows import STARTS
from dashboard.slo.indicators import Composite, Part, Simple, Threshold
from dashboard.slo.objective import Method, Slo
from dashboard.slo.windows import Calendar

API = "openslo/v1"
Fields = dict[str, Any]


def write(slos: Iterable[Slo]) -> str:
    """OpenSLO v1 of some objectives; empty for none. Reading it gives the same ones, but for origin and notes.

    Raises:
        ValueError: a rolling window that is no whole number of minutes, which OpenSLO cannot say.
    """
    names, alerts = _Names(), Alerts()
    documents = [_document(slo, names.of(slo), alerts) for slo in slos]
    return dumped([*documents, *alerts.documents])


def dumped(documents: Sequence[Fields]) -> str:
    """Documents as YAML, in the order of their fields; texts of several lines as blocks."""
    if not documents:
        return ""
    made = yaml.dump_all(
        documents, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000, default_flow_style=False
    )
    return str(made)


class _Dumper(yaml.SafeDumper):
    """Writes nothing twice by reference, and long texts as people do."""

    def ignore_aliases(self, data: Any) -> bool:
        """Never an anchor: a reader shall see what stands there."""
        return True


def _text(dumper: yaml.SafeDumper, data: str) -> yaml.ScalarNode:
    if is_ambiguous(data):
        return dumper.represent_scalar("tag:yaml.org,2002:str", data, style="'")
    style = "|" if "\n" in data and not data.startswith((" ", "\n")) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_Dumper.add_representer(str, _text)


class _Names:
    """Names as OpenSLO wants them, each once."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def of(self, slo: Slo) -> str:
        """The SLO's own name where it may be, else one like it."""
        plain = slo.name if is_name(slo.name) else slug(slo.name) or "slo"
        name, number = plain, 1
        while name in self._taken:
            number += 1
            name = f"{plain[:55]}-{number}"
        self._taken.add(name)
        return name


def _document(slo: Slo, name: str, alerts: Alerts) -> Fields:
    metadata: Fields = {"name": name}
    if slo.title:
        metadata["displayName"] = slo.title
    if slo.labels:
        metadata["labels"] = dict(slo.labels)
    known = {**_annotations(slo, name), **alerts.annotations(slo)}
    if known:
        metadata["annotations"] = {PREFIX + key: value for key, value in known.items()}
    return {"apiVersion": API, "kind": "SLO", "metadata": metadata, "spec": _spec(slo, name, alerts)}


def _annotations(slo: Slo, name: str) -> dict[str, str]:
    """What OpenSLO has no field for, and what is not guessed right."""
    made = {}
    if slo.name != name:
        made["name"] = slo.name
    if slo.kind != kind_of(slo.indicator):
        made["kind"] = slo.kind
    if slo.limit != limit_of(slo.indicator):
        made["limit"] = "none" if slo.limit is None else repr(slo.limit)
    if isinstance(slo.indicator, Composite) and slo.objective != max(part.objective for part in slo.indicator.parts):
        made["objective"] = repr(slo.objective)
    if isinstance(slo.window, Calendar) and slo.window.rolling:
        made["time-zone"] = slo.window.zone
    if slo.slice_s % MINUTE:
        made["slice"] = exact_text(slo.slice_s)
    if slo.sla is not None:
        made["sla"] = repr(slo.sla.objective)
    if slo.sla is not None and slo.sla.credits:
        made["sla-credit"] = ", ".join(f"{credit.below!r}={credit.credit}" for credit in slo.sla.credits)
    return made


def _spec(slo: Slo, name: str, alerts: Alerts) -> Fields:
    made: Fields = {"description": slo.description} if slo.description else {}
    made["service"] = slo.service
    if not isinstance(slo.indicator, Composite):
        made["indicator"] = _indicator(slo.indicator, f"{name[:59]}-sli", slo)
    made["timeWindow"] = [_window(slo)]
    made["budgetingMethod"] = slo.method.value
    made["objectives"] = _objectives(slo, name)
    references = alerts.references(slo)
    if references:
        made["alertPolicies"] = references
    return made


def _indicator(indicator: Simple, name: str, slo: Slo) -> Fields:
    return {"metadata": {"name": name}, "spec": indicator_spec(indicator, slo.service)}


def _window(slo: Slo) -> Fields:
    window = slo.window
    if isinstance(window, Calendar):
        made: Fields = {"duration": window.duration, "isRolling": window.rolling}
        if not window.rolling:
            made["calendar"] = {"startTime": window.anchor.strftime(STARTS), "timeZone": window.zone}
        return made
    length = of_seconds(window.seconds)
    if length is None or length.unit == "s":
        raise ValueError(f"{slo.name}: a window of {window.seconds:g} s cannot be written: OpenSLO counts in minutes")
    return {"duration": str(length), "isRolling": True}


def _objectives(slo: Slo, name: str) -> list[Fields]:
    if not isinstance(slo.indicator, Composite):
        return [_objective(slo, slo.indicator, slo.objective)]
    return [_part(slo, part, f"{name[:55]}-{number}") for number, part in enumerate(slo.indicator.parts, start=1)]


def _part(slo: Slo, part: Part, name: str) -> Fields:
    made = _objective(slo, part.indicator, part.objective)
    made["indicator"] = _indicator(part.indicator, name, slo)
    made["compositeWeight"] = part.weight
    return made


def _objective(slo: Slo, indicator: Simple, objective: float) -> Fields:
    made: Fields = {"target": objective}
    if isinstance(indicator, Threshold):
        made |= {"op": indicator.op.value, "value": indicator.limit}
    if slo.method is Method.TIMESLICES:
        wanted = 1.0 if isinstance(indicator, Threshold) else slo.slice_target or objective
        made["timeSliceTarget"] = wanted
    if slo.slice_s and slo.row_s:
        made["timeSliceWindow"] = "1m" if slo.slice_s % MINUTE else str(of_seconds(slo.slice_s))
    return made
