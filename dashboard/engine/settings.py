"""What the poller needs to know of the configuration, and the fixed times of its refreshes; seconds throughout."""

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

# The live window: what every tile shows.
LIVE_STEP = 15
LIVE_SPAN = 3600
NO_AGREEMENTS = Agreements()
DEFAULT_ALERTS = AlertSettings()


@dataclass(frozen=True, slots=True)
class Settings:
    """The configuration as far as the poller is concerned.

    Attributes:
        refresh: seconds from one refresh to the next.
        is_past: the clock stands still at a moment that was asked for: what came after it does not count.
        is_watched: somebody looks at what is known while the history is read.
        slos: SLOs that are configured. `files`: the files they are from, to notice when these change.
        agreements: policies, SLAs and maintenance.
        planned_events: of traffic. `prices`: of what is held.
        toil_file: CSV of hours of toil; None without.
        ask_again: how long acknowledgements hold. `services`: what is written of them.
        detectors: which test judges each signal, and the probability below which it flags.
        alerts: how those of others are read. `alertmanager`: says who is told of them; None without one.
        policy: what releases are held up by.
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
