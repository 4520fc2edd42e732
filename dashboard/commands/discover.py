"""discover: print what the source has, as a first configuration."""

import argparse
import json
import os
import time
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace

from dashboard.commands.answer import NO_DATA, no_data
from dashboard.commands.options import configuration_with_source
from dashboard.config.configuration import Config
from dashboard.config.source_kinds import main_value
from dashboard.engine.default_slos import active_slos
from dashboard.engine.described_services import discovered
from dashboard.engine.opening import open_source
from dashboard.exceptions import SourceError
from dashboard.openslo.openslo_writer import write_slos
from dashboard.slo.indicators import Column, Query, Ratio
from dashboard.slo.objective import Slo
from dashboard.sources.catalog import Catalog
from dashboard.sources.protocol import Source

LEFT_OUT = "# Credentials of the address are left out: name username and password_file, or bearer_token_file."


def discover(options: argparse.Namespace) -> int:
    """Print a starter configuration, or the SLOs found as OpenSLO; the exit code is 3 where no service is found."""
    config = configuration_with_source(options)
    with closing(open_source(config, now=time.time())) as source:
        try:
            catalog = discovered(source, config.services, time.time())
        except SourceError as error:
            return no_data(error)
        if options.openslo:
            slos: Iterable[Slo] = active_slos(catalog)
            print(write_slos(_with_queries(slo, source) if config.source.has_queries else slo for slo in slos), end="")
        else:
            print(starter(config, catalog), end="")
    # A configuration is printed in any case, but a script should not continue with one that finds nothing.
    return 0 if catalog.services else NO_DATA


def _with_queries(slo: Slo, source: Source) -> Slo:
    """The same SLO counted by PromQL queries, so that other tools can read it."""
    indicator = slo.indicator
    if not isinstance(indicator, Ratio):
        return slo
    sides = {name: term for name in ("valid", "good", "bad") if (term := getattr(indicator, name)) is not None}
    queries = {
        name: Query(source.expression(term), counter=True) if isinstance(term, Column) else term
        for name, term in sides.items()
    }
    return replace(slo, indicator=Ratio(**queries))


def starter(config: Config, catalog: Catalog) -> str:
    """A starter configuration in TOML that works from any folder; what was found is described in comments."""
    lines = [_comment(note) for note in catalog.notes]
    lines += ["title = " + _quoted(config.title), f'refresh = "{config.refresh:g}s"', "", "[source]"]
    lines.append(f'kind = "{config.source.kind}"')
    for key, value, is_shortened in main_value(config.source):
        lines += [LEFT_OUT] if is_shortened else []
        lines.append(f"{key} = {_toml(value)}")
    for suggestion in catalog.suggestions:
        lines += ["", "# Found without a preset: this block keeps it, and may be corrected.", suggestion]
    for info in catalog.services:
        resources = ", ".join(resource.name for resource in info.resources) or "none"
        labels = ", ".join(info.labels) or "none"
        lines += ["", _comment(f"{info.preset}; labels {labels}; saturation {resources}")]
        lines += [_comment(note) for note in info.notes]
        lines += ["[[services]]", "name = " + _quoted(info.name)]
    if catalog.offers:
        lines += ["", "# Counted besides, on targets that have a service: a [[presets]] block makes any of it one."]
        lines += [_comment(offer) for offer in catalog.offers]
    if not catalog.services:
        lines += ["", "# No service was found."]
    return "\n".join(lines) + "\n"


def _comment(text: str) -> str:
    # Label and service names come from the server: a line break in one would end the comment.
    return f"# {' '.join(text.split())}"


def _toml(value: str | tuple[str, ...]) -> str:
    """A TOML string, or paths made absolute, as the file may be saved in any folder."""
    if isinstance(value, str):
        return _quoted(value)
    return f"[{', '.join(_quoted(os.path.abspath(path)) for path in value)}]"


def _quoted(text: str) -> str:
    """A TOML basic string in ASCII."""
    # JSON escapes are valid TOML except for surrogate pairs: https://toml.io/en/v1.0.0#string
    return f'"{"".join(_escaped(character) for character in text)}"'


def _escaped(character: str) -> str:
    return f"\\U{ord(character):08X}" if ord(character) > 0xFFFF else json.dumps(character)[1:-1]
