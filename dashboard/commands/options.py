"""The configuration of a command: its options take precedence over the file and the environment."""

import argparse
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from dashboard.config import state_tables
from dashboard.config.configuration import NO_SOURCE, Config, SloPath, load
from dashboard.config.source_kinds import SourceKind, kinds_by_detail, kinds_by_option
from dashboard.config.source_options import SOURCES, Option
from dashboard.exceptions import ConfigError
from dashboard.toml.parsers import refresh, url
from dashboard.toml.reader import PathParser

OVERRIDES = ("host", "port", "base_path")


def configuration(options: argparse.Namespace) -> Config:
    """Read the configuration file and the environment, and apply the command line options.

    Raises:
        ConfigError: one line for each problem.
    """
    named = _named_sources(options)
    if len(named) > 1:
        flags = " and ".join(option.flag for _, option, _ in named)
        raise ConfigError(f"{flags} exclude each other: name one source")
    source = {} if not named else _source_values(*named[0])
    details = _named_details(options)
    for kind, option, value in details:
        source |= {option.key: _parsed(kind, option, value)}
    # `demo` has no option for a configuration file or for SLOs.
    config = load(getattr(options, "config", None), os.environ, source, alertmanager=_alertmanager(options))
    for kind, option, _ in details:
        if kind.name != config.source.kind:
            raise ConfigError(
                f"{option.flag} is for sources of kind {kind.name}, not {config.source.kind}: leave it out"
            )
    if named:
        # Messages about the source then name the option, even if a file holds the rest of its settings.
        config = replace(config, source_named=named[0][1].flag)
    more = tuple(SloPath(pattern, "--slo") for pattern in getattr(options, "slo", None) or ())
    return _overridden(replace(config, slos=(*config.slos, *more)), options)


def configuration_with_source(options: argparse.Namespace) -> Config:
    """The configuration of a command that needs a source.

    Raises:
        ConfigError: no source was named; otherwise one line for each problem.
    """
    flags = ", ".join(f"{option.flag} {option.metavar}" for option in SOURCES.values())
    if not options.config and not _named_sources(options):
        raise ConfigError(f"no source: give {flags} or --config FILE, or try `golden-signals demo`")
    config = configuration(options)
    if not config.source_named:
        # Numbers of the demo could be mistaken for real ones, and a gate would let a release go.
        raise ConfigError(f"{options.config}: {NO_SOURCE}, or give {flags}")
    return config


def _named_sources(options: argparse.Namespace) -> list[tuple[SourceKind, Option, Any]]:
    """The source kinds named by options, each with its option and that option's value."""
    values = ((kind, option, getattr(options, option.name, None)) for kind, option in kinds_by_option())
    return [(kind, option, value) for kind, option, value in values if value]


def _named_details(options: argparse.Namespace) -> list[tuple[SourceKind, Option, Any]]:
    """The source kinds for which detail options are given, each with its option and that option's value."""
    values = ((kind, option, getattr(options, option.name, None)) for kind, option in kinds_by_detail())
    return [(kind, option, value) for kind, option, value in values if value is not None]


def _source_values(kind: SourceKind, option: Option, value: Any) -> dict[str, Any]:
    return {"kind": kind.name, option.key: _parsed(kind, option, value)}


def _parsed(kind: SourceKind, option: Option, value: Any) -> Any:
    parser = kind.keys[option.key].parse
    try:
        # A path on the command line is relative to the working directory; a path in a file, to that file.
        return parser.parse(value, Path()) if isinstance(parser, PathParser) else parser(value)
    except ValueError as error:
        raise ConfigError(f"{option.flag}: {error}") from None


def _overridden(config: Config, options: argparse.Namespace) -> Config:
    port = getattr(options, "port", None)
    if port is not None and not 1 <= port <= 65535:
        raise ConfigError(f"--port {port}: expected a port between 1 and 65535")
    overrides = {name: getattr(options, name, None) for name in OVERRIDES}
    if getattr(options, "refresh", None):
        try:
            overrides["refresh"] = refresh(options.refresh)
        except ValueError as error:
            raise ConfigError(f"--refresh {options.refresh}: {error}") from None
    if getattr(options, "state", None):
        overrides["state"] = replace(config.state, where=_state(options.state))
    return replace(config, **{name: value for name, value in overrides.items() if value is not None})


def _alertmanager(options: argparse.Namespace) -> tuple[str, ...]:
    try:
        return tuple(dict.fromkeys(map(url, getattr(options, "alertmanager", None) or ())))
    except ValueError as error:
        raise ConfigError(f"--alertmanager: {error}") from None


def _state(value: str) -> str:
    try:
        return state_tables.where(value, Path())
    except ValueError as error:
        raise ConfigError(f"--state: {error}") from None
