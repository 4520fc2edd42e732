"""Opens the configured source, its SLOs, and the poller that refreshes both."""

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
        config: names the source, and the services.
        now: epoch seconds.
        is_past: `now` is a requested time in the past.
        slos: configured SLOs; their latency limits determine at which bounds requests are counted.

    Raises:
        SourceError: a file or address cannot be used.
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
    """Create a poller for the configured source, without starting it.

    Args:
        config: the configuration. `now`: epoch seconds at which its clock stands still; None: real time.
        is_watched: somebody watches the progress while the history is read.
        keeps: store hours in the archive and continue with an earlier process; otherwise the archive is only read.

    Raises:
        ConfigError: one line for each problem of the SLOs.
        SourceError: a file or address cannot be used.
    """
    moment = time.time() if now is None else now
    # The clock stands still, so that one time is judged however long reading the history takes.
    clock = time.time if now is None else lambda: moment
    slos, _ = configured_slos(config)
    settings = settings_of(config, slos, is_past=now is not None, is_watched=is_watched)
    source = open_source(config, now=moment, slos=slos, is_past=now is not None)
    return Poller(source, settings, clock=clock, keeper=open_keeper(config, source, writes=keeps))


def settings_of(
    config: Config, slos: tuple[Slo, ...], *, is_past: bool = False, is_watched: bool = False
) -> Settings:  # fmt: skip
    """The settings that the engine needs.

    Args:
        config: the configuration. `slos`: its SLOs.
        is_past: a past time was requested. `is_watched`: somebody watches the progress while the history is read.
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
    """The configured SLOs, and warnings about their files.

    Raises:
        ConfigError: one line for each problem, including agreements that cannot apply to an SLO.
    """
    slos, diagnostics = load_slos(config)
    # Only configured SLOs: defaults are known once the source answers, and are checked by `check` and the pages.
    wrong = config.agreements.diagnostics(config.agreements.applied(slos))
    if wrong:
        raise ConfigError(*wrong)
    return slos, diagnostics


def load_slos(config: Config) -> tuple[tuple[Slo, ...], tuple[Diagnostic, ...]]:
    """Read the configured SLO files; returns the SLOs, and warnings about the files.

    Raises:
        ConfigError: one line for each problem, with file and line.
    """
    # Find all files before reading any, so that every wrong path is reported at once.
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
    # The source counts latencies at the bounds it was opened with: an SLO with a new limit needs a restart.
    return SloFiles(patterns, zone=config.time_zone, limits=latency_thresholds(slos))
