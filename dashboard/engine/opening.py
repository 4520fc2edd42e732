"""From a configuration to the source it names, its SLOs, and the poller that refreshes both."""

import time
from collections.abc import Sequence

from dashboard.config.configuration import Config
from dashboard.engine.past.archive_opening import open_keeper
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.exceptions import ConfigError
from dashboard.openslo import slo_files
from dashboard.openslo.diagnostics import Diagnostic
from dashboard.openslo.slo_files import SloFiles, latency_thresholds
from dashboard.slo.objective import Slo
from dashboard.sources.protocol import Source
from dashboard.sources.spec import DeclaredService, Opening


def open_source(config: Config, *, now: float, slos: Sequence[Slo] = (), is_past: bool = False) -> Source:
    """Open the configured source; nothing is fetched yet.

    Args:
        config: says which, and what services are called.
        now: epoch seconds.
        is_past: that is a moment that was asked for.
        slos: those that are configured, for the latencies they need requests to be counted at.

    Raises:
        SourceError: a file or an address that cannot work.
    """
    opening = Opening(
        now,
        config.time_zone,
        is_past,
        config.threshold,
        latency_thresholds(slos),
        tuple(DeclaredService(service.name, service.preset, service.match) for service in config.services),
    )
    return config.source.open(opening)


def open_poller(
    config: Config, *, now: float | None = None, is_watched: bool = True, keeps: bool = False
) -> Poller:  # fmt: skip
    """A poller of the configured source, not yet started.

    Args:
        config: the configuration. `now`: epoch seconds, a moment at which its clock stops.
        is_watched: somebody looks at what is known while the history is read.
        keeps: it keeps hours in the archive, and goes on with what another one held; else hours are read from there.

    Raises:
        ConfigError: one line for each problem of the SLOs.
        SourceError: a file or an address that cannot work.
    """
    moment = time.time() if now is None else now
    # A clock that stands still: however long the history takes to read, one moment is judged.
    clock = time.time if now is None else lambda: moment
    slos, _ = configured_slos(config)
    settings = settings_of(config, slos, is_past=now is not None, is_watched=is_watched)
    source = open_source(config, now=moment, slos=slos, is_past=now is not None)
    return Poller(source, settings, clock=clock, keeper=open_keeper(config, source, writes=keeps))


def settings_of(
    config: Config, slos: tuple[Slo, ...], *, is_past: bool = False, is_watched: bool = False
) -> Settings:  # fmt: skip
    """What judges need to know of the configuration.

    Args:
        config: the configuration. `slos`: that it names.
        is_past: a moment was asked for. `is_watched`: somebody looks at what is known while the history is read.
    """
    return Settings(
        title=config.title,
        refresh=config.refresh,
        time_zone=config.time_zone,
        is_past=is_past,
        is_watched=is_watched,
        slos=slos,
        files=_watched_files(config, slos),
        agreements=config.agreements,
        detectors=config.detectors,
        alerts=config.alerts,
        alertmanager=config.alertmanager,
        ask_again=config.ask_again,
        policy=config.policy,
        planned_events=config.planned_events,
        prices=config.prices,
        toil_file=config.review_settings.toil_file,
        services=config.services,
    )


def configured_slos(config: Config) -> tuple[tuple[Slo, ...], tuple[Diagnostic, ...]]:
    """The configured SLOs, and what is doubtful in their files.

    Raises:
        ConfigError: one line for each problem, also where an agreement cannot be right for one of them.
    """
    slos, diagnostics = load_slos(config)
    # Only configured SLOs: the defaults, which are known once the source answers, are judged by `check` and the pages.
    wrong = config.agreements.diagnostics(config.agreements.applied(slos))
    if wrong:
        raise ConfigError(*wrong)
    return slos, diagnostics


def load_slos(config: Config) -> tuple[tuple[Slo, ...], tuple[Diagnostic, ...]]:
    """The SLOs in the files that the configuration names, and what is doubtful in these files.

    Raises:
        ConfigError: one line for each problem, with file and line.
    """
    # All of them before any is read: who mistyped two paths is told of both at once.
    missing = [path for path in config.slos if not slo_files.find_files(path.pattern)]
    if missing:
        remedy = "name OpenSLO files, a directory or a glob"
        raise ConfigError(*(f"{path.named}: {path.pattern}: there is no such file; {remedy}" for path in missing))
    if not config.slos:
        return (), ()
    return slo_files.load_slos([path.pattern for path in config.slos], zone=config.time_zone)


def _watched_files(config: Config, slos: Sequence[Slo]) -> SloFiles | None:
    if not config.slos:
        return None
    patterns = [path.pattern for path in config.slos]
    # The source counts at the latencies it was opened with: an SLO with another one waits for a restart.
    return SloFiles(patterns, zone=config.time_zone, limits=latency_thresholds(slos))
