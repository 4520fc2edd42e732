"""The part of the configuration that the poller needs, and the fixed times of its refreshes, in seconds."""

from dataclasses import dataclass, field
from pathlib import Path

from dashboard.alerts.settings import AlertSettings
from dashboard.anomaly.detectors import DEFAULTS, DetectorSettings
from dashboard.capacity.planned import PlannedEvent
from dashboard.capacity.prices import Prices
from dashboard.config.agreements import Agreements
from dashboard.config.attention_tables import AskAgain
from dashboard.config.configuration import ServiceConfig
from dashboard.gate.policy import BudgetPolicy
from dashboard.openslo.slo_files import SloFiles
from dashboard.slo.objective import Slo
from dashboard.sources.alertmanager.spec import AlertmanagerSpec

# The live window: the time range on every tile.
LIVE_STEP = 15
LIVE_SPAN = 3600
NO_AGREEMENTS = Agreements()
DEFAULT_ALERTS = AlertSettings()


@dataclass(frozen=True, slots=True)
class Settings:
    """The configuration of the engine.

    Attributes:
        refresh: seconds between two refreshes.
        is_past: the clock stands still at a requested time; later data are ignored.
        is_watched: somebody watches the progress while the history is read.
        slos: configured SLOs. `files`: the files they come from, to notice changes.
        agreements: policies, SLAs and maintenance.
        planned_events: planned events of traffic. `prices`: of resources.
        toil_file: CSV file of hours of toil; None without one.
        ask_again: how long acknowledgements last. `services`: their configuration.
        detectors: the test for each signal, and its level.
        alerts: how alerts from other tools are read. `alertmanager`: the Alertmanagers to ask; None without one.
        policy: the error-budget policy for releases.
    """

    title: str = "Golden signals"
    refresh: float = 15.0
    time_zone: str = "UTC"
    is_past: bool = False
    is_watched: bool = True
    slos: tuple[Slo, ...] = ()
    files: SloFiles | None = None
    agreements: Agreements = NO_AGREEMENTS
    detectors: DetectorSettings = field(default_factory=lambda: DEFAULTS)
    alerts: AlertSettings = DEFAULT_ALERTS
    alertmanager: AlertmanagerSpec | None = None
    ask_again: AskAgain = field(default_factory=AskAgain)
    policy: BudgetPolicy = field(default_factory=BudgetPolicy)
    planned_events: tuple[PlannedEvent, ...] = ()
    prices: Prices = field(default_factory=Prices)
    toil_file: Path | None = None
    services: tuple[ServiceConfig, ...] = ()
