"""Writes SLOs as OpenSLO v1, one YAML document per object, strictly enough to be read back without a diagnostic.

https://github.com/OpenSLO/OpenSLO/tree/main#slo
"""

from collections.abc import Iterable, Iterator

from dashboard.openslo.alert_writer import AlertDocuments
from dashboard.openslo.annotations import PREFIX
from dashboard.openslo.catalog import is_name
from dashboard.openslo.duration_shorthand import MINUTE, duration_of, exact_text
from dashboard.openslo.indicator_kind import infer_kind, infer_limit
from dashboard.openslo.indicator_writer import indicator_spec
from dashboard.openslo.slo_reader import slug
from dashboard.openslo.time_windows import START_FORMAT
from dashboard.openslo.yaml_output import API_VERSION, YamlMap, to_yaml
from dashboard.slo.indicators import Composite, Part, Simple, Threshold
from dashboard.slo.objective import Method, Sla, Slo
from dashboard.slo.windows import Calendar

# Maximum length of a name before a suffix: OpenSLO allows 63 characters.
_NAME_BEFORE_NUMBER, _NAME_BEFORE_SLI = 55, 59


def write_slos(slos: Iterable[Slo]) -> str:
    """OpenSLO v1 of SLOs; empty without any. Reading it returns equal SLOs, except for origin and notes.

    Raises:
        ValueError: a rolling window is not a whole number of minutes, for which OpenSLO has no shorthand.
    """
    names, alerts = _Names(), AlertDocuments()
    documents = [_document(slo, names.unique(slo), alerts) for slo in slos]
    return to_yaml([*documents, *alerts.documents])


class _Names:
    """Unique names that OpenSLO allows."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def unique(self, slo: Slo) -> str:
        """The SLO's own name if allowed, otherwise a similar one."""
        base = slo.name if is_name(slo.name) else slug(slo.name) or "slo"
        name, number = base, 1
        while name in self._taken:
            number += 1
            name = f"{base[:_NAME_BEFORE_NUMBER]}-{number}"
        self._taken.add(name)
        return name


def _document(slo: Slo, name: str, alerts: AlertDocuments) -> YamlMap:
    metadata: YamlMap = {"name": name}
    if slo.title:
        metadata["displayName"] = slo.title
    if slo.labels:
        metadata["labels"] = dict(slo.labels)
    annotations = {**dict(_annotations(slo, name)), **alerts.annotations(slo)}
    if annotations:
        metadata["annotations"] = {PREFIX + key: value for key, value in annotations.items()}
    return {"apiVersion": API_VERSION, "kind": "SLO", "metadata": metadata, "spec": _spec(slo, name, alerts)}


def _annotations(slo: Slo, name: str) -> Iterator[tuple[str, str]]:
    """Annotations for values that OpenSLO has no field for, or that would be inferred differently."""
    yield from _identity_annotations(slo, name)
    if isinstance(slo.indicator, Composite) and slo.objective != max(part.objective for part in slo.indicator.parts):
        yield "objective", repr(slo.objective)
    # OpenSLO only has a time zone for calendar windows that do not roll.
    if isinstance(slo.window, Calendar) and slo.window.rolling:
        yield "time-zone", slo.window.zone
    if slo.slice_s % MINUTE:
        yield "slice", exact_text(slo.slice_s)
    if slo.sla is not None:
        yield from _sla_annotations(slo.sla)


def _identity_annotations(slo: Slo, name: str) -> Iterator[tuple[str, str]]:
    if slo.name != name:
        yield "name", slo.name
    if slo.kind != infer_kind(slo.indicator):
        yield "kind", slo.kind
    if slo.limit != infer_limit(slo.indicator):
        yield "limit", "none" if slo.limit is None else repr(slo.limit)


def _sla_annotations(sla: Sla) -> Iterator[tuple[str, str]]:
    yield "sla", repr(sla.objective)
    if sla.credits:
        yield "sla-credit", ", ".join(f"{credit.below!r}={credit.credit}" for credit in sla.credits)


def _spec(slo: Slo, name: str, alerts: AlertDocuments) -> YamlMap:
    spec: YamlMap = {"description": slo.description} if slo.description else {}
    spec["service"] = slo.service
    if not isinstance(slo.indicator, Composite):
        spec["indicator"] = _indicator(slo.indicator, f"{name[:_NAME_BEFORE_SLI]}-sli", slo)
    spec["timeWindow"] = [_window(slo)]
    spec["budgetingMethod"] = slo.method.value
    spec["objectives"] = _objectives(slo, name)
    references = alerts.references(slo)
    if references:
        spec["alertPolicies"] = references
    return spec


def _indicator(indicator: Simple, name: str, slo: Slo) -> YamlMap:
    return {"metadata": {"name": name}, "spec": indicator_spec(indicator, slo.service)}


def _window(slo: Slo) -> YamlMap:
    window = slo.window
    if isinstance(window, Calendar):
        entry: YamlMap = {"duration": window.duration, "isRolling": window.rolling}
        if not window.rolling:
            entry["calendar"] = {"startTime": window.anchor.strftime(START_FORMAT), "timeZone": window.zone}
        return entry
    # The shorthand has no seconds, and rounding would change the SLO.
    duration = duration_of(window.seconds)
    if duration is None or duration.unit == "s":
        raise ValueError(f"{slo.name}: a window of {window.seconds:g} s cannot be written: OpenSLO counts in minutes")
    return {"duration": str(duration), "isRolling": True}


def _objectives(slo: Slo, name: str) -> list[YamlMap]:
    if not isinstance(slo.indicator, Composite):
        return [_objective(slo, slo.indicator, slo.objective)]
    prefix = name[:_NAME_BEFORE_NUMBER]
    return [_part(slo, part, f"{prefix}-{number}") for number, part in enumerate(slo.indicator.parts, start=1)]


def _part(slo: Slo, part: Part, name: str) -> YamlMap:
    entry = _objective(slo, part.indicator, part.objective)
    entry["indicator"] = _indicator(part.indicator, name, slo)
    entry["compositeWeight"] = part.weight
    return entry


def _objective(slo: Slo, indicator: Simple, objective: float) -> YamlMap:
    entry: YamlMap = {"target": objective}
    if isinstance(indicator, Threshold):
        entry |= {"op": indicator.op.value, "value": indicator.limit}
    if slo.method is Method.TIMESLICES:
        entry["timeSliceTarget"] = 1.0 if isinstance(indicator, Threshold) else slo.slice_target or objective
    if slo.slice_s and slo.row_s:
        # An annotation holds the exact length if OpenSLO has no shorthand for it.
        entry["timeSliceWindow"] = "1m" if slo.slice_s % MINUTE else str(duration_of(slo.slice_s))
    return entry
