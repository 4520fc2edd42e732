"""discover: what a source has, and a first configuration."""

import argparse
import json
import time
from dataclasses import replace

from dashboard.commands.options import with_source
from dashboard.config.configuration import Config
from dashboard.engine.default_slos import active_slos
from dashboard.engine.opening import open_source
from dashboard.openslo.writer import write
from dashboard.slo.indicators import Column, Query, Ratio
from dashboard.slo.objective import Slo
from dashboard.sources.protocol import Catalog, Source

WRONG_USE = 2


def discover(chosen: argparse.Namespace) -> int:
    """Print what was found: as a configuration to begin with, or its objectives as OpenSLO."""
    config = with_source(chosen)
    source = open_source(config, now=time.time())
    try:
        found = source.discover(time.time())
        text = write(_asked(slo, source) for slo in active_slos(found)) if chosen.openslo else starter(config, found)
    finally:
        source.close()
    print(text, end="")
    return 0 if found.services else WRONG_USE


def _asked(slo: Slo, source: Source) -> Slo:
    """An objective that other tools can read, too: with queries where the source has a query language."""
    indicator = slo.indicator
    if source.kind != "prometheus" or not isinstance(indicator, Ratio):
        return slo
    sides = {name: term for name in ("valid", "good", "bad") if (term := getattr(indicator, name)) is not None}
    queries = {
        name: Query(source.expression(term), counter=True) if isinstance(term, Column) else term
        for name, term in sides.items()
    }
    return replace(slo, indicator=Ratio(**queries))


def starter(config: Config, found: Catalog) -> str:
    """What was found as comments, and a configuration to begin with, in TOML."""
    lines = [f"# {note}" for note in found.notes]
    lines += ["title = " + json.dumps(config.title), f'refresh = "{config.refresh:g}s"', "", "[source]"]
    lines.append(f'kind = "{config.source.kind}"')
    if config.source.kind == "prometheus":
        lines.append("url = " + json.dumps(config.source.url))
    if config.source.kind == "csv":
        lines.append("paths = " + json.dumps(list(config.source.paths)))
    for info in found.services:
        resources = ", ".join(resource.name for resource in info.resources) or "none"
        lines += ["", f"# {info.preset}; labels {', '.join(info.labels) or 'none'}; saturation {resources}"]
        lines += [f"# {note}" for note in info.notes]
        lines += ["[[services]]", "name = " + json.dumps(info.name)]
    if not found.services:
        lines += ["", "# No service was found."]
    return "\n".join(lines) + "\n"
