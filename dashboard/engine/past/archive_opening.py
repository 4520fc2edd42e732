"""Opens the archive of the configured source."""

from dashboard.archive.archive import Archive
from dashboard.archive.spec import ArchiveSpec
from dashboard.config.configuration import Config
from dashboard.engine.past.hour_keeper import HourKeeper
from dashboard.sources.csv.spec import CsvSpec
from dashboard.sources.demo.spec import DemoSpec
from dashboard.sources.prometheus.spec import PrometheusSpec
from dashboard.sources.protocol import Source
from dashboard.state.folders import hours_folder

# Parts of header names that select a tenant: their values distinguish sources, while tokens do not.
TENANTS = ("org", "tenant", "account", "project")


def open_keeper(config: Config, source: Source, *, writes: bool) -> HourKeeper | None:
    """Create the keeper of a source's hours; None without a folder for them, and for the demo, which starts anew.

    Args:
        config: the configuration. `source`: the configured source. `writes`: False only reads what others stored.
    """
    folder = hours_folder(config.state)
    if folder is None or isinstance(config.source, DemoSpec):
        return None
    archive = Archive(ArchiveSpec(folder, identity(config, source), config.state.hours_retention))
    # Teams and links do not change how events are counted.
    declared = (service for service in config.services if service.preset or service.match)
    services = [(service.name, service.preset, sorted(service.match.items())) for service in declared]
    rules = repr((_counting_spec(config), services, config.threshold))
    maintenance = repr(config.agreements.maintenance)
    # CSV files are read at every start anyway, and may have changed since.
    is_lasting = isinstance(config.source, PrometheusSpec)
    return HourKeeper(archive, rules, maintenance=maintenance, is_lasting=is_lasting, writes=writes)


def identity(config: Config, source: Source) -> str:
    """Kind and address of a source, and whatever else determines which data it has; contains no secret."""
    spec, parts = config.source, [source.kind, source.where]
    if isinstance(spec, PrometheusSpec):
        tenants = {name: value for name, value in spec.headers.items() if any(part in name.lower() for part in TENANTS)}
        parts += [f"{name}={value}" for each in (spec.match, tenants) for name, value in sorted(each.items())]
    return " ".join(parts)


def _counting_spec(config: Config) -> object:
    """The parts of the source's configuration that determine how events are counted."""
    spec = config.source
    if isinstance(spec, PrometheusSpec):
        return spec.failed, spec.good, spec.presets, spec.cluster_label
    # The paths of the files do not affect how events are counted.
    return repr(spec) if not isinstance(spec, CsvSpec) else (spec.columns, spec.failed, spec.good, spec.unit, spec.rows)
