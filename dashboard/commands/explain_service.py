"""explain for a service of the source: ask once for its events and explain them."""

import argparse
import time
from contextlib import closing

from dashboard.commands.options import configuration_with_source
from dashboard.commands.row_times import typed_moment
from dashboard.engine.described_services import discovered
from dashboard.engine.opening import configured_slos, open_source
from dashboard.engine.viewers.explanations import ExplanationWindow, explained
from dashboard.exceptions import ConfigError
from dashboard.oncall.spans import BadEvents, Spans
from dashboard.sources.catalog import Catalog, ServiceInfo
from dashboard.sources.protocol import Source
from dashboard.timerange import Grid
from dashboard.toml.reader import nearest

MINUTE = 60
SPAN_S = 3600.0


def explained_service(options: argparse.Namespace, span: float | None, shift: float | None) -> ExplanationWindow:
    """Ask the source for the events of a service and explain them.

    Args:
        options: of the command line. `span`: length of the explained span in seconds; None: an hour.
        shift: how many seconds earlier the span to compare with lies; None: directly before.

    Raises:
        ConfigError: the service does not exist, or an option is invalid.
        SourceError: the source did not answer.
    """
    config = configuration_with_source(options)
    if options.explained is None:
        raise ConfigError("name a FILE, or a service of the source: --service NAME")
    moment = None if options.at is None else typed_moment(options.at, config.time_zone, "--at")
    now = time.time() if moment is None else moment
    seconds, earlier = int(span or SPAN_S), int(shift or span or SPAN_S)
    if earlier < seconds:
        raise ConfigError("--compare: what is compared with must lie before the span: at least as long as --span")
    slos, _ = configured_slos(config)
    with closing(open_source(config, now=now, slos=slos, is_past=moment is not None)) as source:
        catalog = discovered(source, config.services, now)
        source.adopt(catalog)
        info = _service(catalog, options.explained, source.where)
        end = now if moment is not None or config.source.has_queries else _data_end(source, info.name, now)
        return explained(source, info.name, BadEvents(options.signal), Spans(int(end), seconds, earlier))


def _data_end(source: Source, service: str, now: float) -> float:
    """Epoch seconds of the end of the data if they come from files that have ended, else `now`."""
    answer = source.samples(Grid.ending(now, span=MINUTE, step=MINUTE), service)
    return min(answer.newest, now) if answer.may_end and answer.newest is not None else now


def _service(catalog: Catalog, name: str, where: str) -> ServiceInfo:
    """Find a service by name, with or without its cluster.

    Raises:
        ConfigError: no service, or more than one, has the name.
    """
    infos = [info for info in catalog.services if name in (info.name, info.shown)]
    named = [info for info in infos if info.name == name] or infos
    if len(named) == 1:
        return named[0]
    names = [info.name for info in catalog.services]
    raise ConfigError(f"--service {name}: {where} has no such service{nearest(name, names)}")
