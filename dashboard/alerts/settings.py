"""The operator's settings of alerts: their services, and the severities that wake somebody up."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dashboard.alerts.alert import Labels
from dashboard.alerts.quality import PAGES
from dashboard.alerts.service_names import SERVICE_LABELS


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """How to read alerts.

    Attributes:
        pages: severities that wake somebody up, in lower case.
        service_labels: that may contain a service's name, most reliable first.
        match: name of a service → labels of its alerts.
    """

    pages: frozenset[str] = PAGES
    service_labels: tuple[str, ...] = SERVICE_LABELS
    match: Mapping[str, tuple[Labels, ...]] = field(default_factory=dict)
