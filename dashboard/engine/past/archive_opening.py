"""From a configuration to the archive of its source."""

from dashboard.archive.archive import Archive
from dashboard.archive.spec import ArchiveSpec
from dashboard.config.configuration import Config
from dashboard.engine.past.hour_keeper import HourKeeper
from dashboard.sources.csv.spec import CsvSpec
from dashboard.sources.demo.spec import DemoSpec
from dashboard.sources.prometheus.spec import PrometheusSpec
from dashboard.sources.protocol import Source
from dashboard.state.folders import hours_folder

# Parts of headers' names that say whose data a server answers with: their values tell sources apart, unlike tokens.
TENANTS = ("org", "tenant", "account", "project")


def open_keeper(config: Config, source: Source, *, writes: bool) -> HourKeeper | None:
    """What keeps the hours of a source; None if there is no folder for them, and of the demo, which is a new one.

    Args:
        config: the configuration. `source`: that it names. `writes`: else it only reads what others kept.
    """
    folder = hours_folder(config.state)
    if folder is None or isinstance(config.source, DemoSpec):
        return None
    archive = Archive(ArchiveSpec(folder, identity(config, source), config.state.hours_retention))
    # A team or a link changes nothing that is counted.
    declared = (service for service in config.services if service.preset or service.match)
    services = [(service.name, service.preset, sorted(service.match.items())) for service in declared]
    rules = repr((_counting_spec(config), services, config.threshold))
    maintenance = repr(config.agreements.maintenance)
    # Files are read at the start in any case, and may be others by then.
    is_lasting = isinstance(config.source, PrometheusSpec)
    return HourKeeper(archive, rules, maintenance=maintenance, is_lasting=is_lasting, writes=writes)


def identity(config: Config, source: Source) -> str:
    """Kind and address of a source, with what else says which data these are; no secret is in it."""
    spec, parts = config.source, [source.kind, source.where]
    if isinstance(spec, PrometheusSpec):
        tenants = {name: value for name, value in spec.headers.items() if any(part in name.lower() for part in TENANTS)}
        parts += [f"{name}={value}" for each in (spec.match, tenants) for name, value in sorted(each.items())]
    return " ".join(parts)


def _counting_spec(config: Config) -> object:
    """What of the source's configuration says how events are counted."""
    spec = config.source
    if isinstance(spec, PrometheusSpec):
        return spec.failed, spec.good, spec.presets, spec.cluster_label
    # Which files they are is no rule of counting.
    return repr(spec) if not isinstance(spec, CsvSpec) else (spec.columns, spec.failed, spec.good, spec.unit, spec.rows)
