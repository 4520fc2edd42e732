"""What was chosen on the command line, over the configuration file and the environment."""

import argparse
import os
import time
from dataclasses import replace

from dashboard.config.configuration import Config, load
from dashboard.durations import parse_duration
from dashboard.engine.opening import open_source
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.exceptions import ConfigError
from dashboard.openslo.diagnostics import Diagnostic
from dashboard.openslo.slo_files import SloFiles, latency_thresholds, load_slos
from dashboard.slo.objective import Slo


def configured(chosen: argparse.Namespace) -> Config:
    """File and environment, then what the command line overrides."""
    config = load(getattr(chosen, "config", None), os.environ)
    prometheus, csv = getattr(chosen, "prometheus", None), getattr(chosen, "csv", None)
    if prometheus and csv:
        raise ConfigError("--prometheus and --csv exclude each other: name one source")
    if prometheus:
        if not prometheus.startswith(("http://", "https://")):
            raise ConfigError(f"--prometheus {prometheus}: expected an address such as http://127.0.0.1:9090")
        config = replace(config, source=replace(config.source, kind="prometheus", url=prometheus))
    if csv:
        config = replace(config, source=replace(config.source, kind="csv", paths=tuple(csv)))
    if getattr(chosen, "slo", None):
        config = replace(config, slos=(*config.slos, *chosen.slo))
    return _overridden(config, chosen)


def _overridden(config: Config, chosen: argparse.Namespace) -> Config:
    if getattr(chosen, "refresh", None):
        try:
            seconds = parse_duration(chosen.refresh)
        except ValueError as error:
            raise ConfigError(f"--refresh: {error}") from None
        if not 1 <= seconds <= 3600:
            raise ConfigError(f"--refresh {chosen.refresh}: expected between 1s and 1h")
        config = replace(config, refresh=seconds)
    if getattr(chosen, "port", None) is not None and not 1 <= chosen.port <= 65535:
        raise ConfigError(f"--port {chosen.port}: expected a port between 1 and 65535")
    given = {name: getattr(chosen, name, None) for name in ("host", "port", "base_path")}
    return replace(config, **{name: value for name, value in given.items() if value is not None})


def with_source(chosen: argparse.Namespace) -> Config:
    """The configuration of a command that needs a source.

    Raises:
        ConfigError: none was named.
    """
    config = configured(chosen)
    if not (chosen.config or chosen.prometheus or chosen.csv):
        raise ConfigError("no source: give --prometheus URL, --csv PATH or --config FILE, or try `golden-signals demo`")
    return config


def polled(config: Config, *, now: float | None = None) -> Poller:
    """A poller of the configured source; `now` stops its clock at a moment."""
    moment = time.time() if now is None else now
    clock = time.time if now is None else lambda: moment
    slos, _ = objectives(config)
    settings = Settings(
        title=config.title,
        refresh=config.refresh,
        time_zone=config.time_zone,
        slos=slos,
        files=SloFiles(config.slos, zone=config.time_zone, limits=latency_thresholds(slos)) if config.slos else None,
        agreements=config.agreements,
        detectors=config.detectors,
    )
    return Poller(open_source(config, now=moment, limits=latency_thresholds(slos)), settings, clock=clock)


def objectives(config: Config) -> tuple[tuple[Slo, ...], tuple[Diagnostic, ...]]:
    """The objectives that somebody wrote, and what is odd about their files.

    Raises:
        ConfigError: one line for each problem.
    """
    slos, diagnostics = load_slos(config.slos, zone=config.time_zone) if config.slos else ((), ())
    wrong = config.agreements.diagnostics(config.agreements.applied(slos))
    if wrong:
        raise ConfigError(*(f"{config.file or 'configuration'}: {diagnostic}" for diagnostic in wrong))
    return slos, diagnostics
