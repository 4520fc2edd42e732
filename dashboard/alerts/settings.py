"""How the operator configures alerts: their services, and the severities that wake somebody up."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dashboard.alerts.alert import Labels
from dashboard.alerts.quality import PAGES
from dashboard.alerts.service_names import SERVICE_LABELS


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """How alerts are read.

    Attributes:
        pages: severities that wake somebody up, in lower case.
        service_labels: labels whose value may be a service's name, the surest first.
        match: name of a service → labels of the alerts that are about it.
    """

    pages: frozenset[str] = PAGES
    service_labels: tuple[str, ...] = SERVICE_LABELS
    match: Mapping[str, tuple[Labels, ...]] = field(default_factory=dict)
