"""The command line options of sources, apart from the sources: `--help` needs them, and should not wait for pandas."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Option:
    """A command line option that names a source, or sets one of its details.

    Attributes:
        flag, metavar, help: as `--help` shows them. `many`: it takes several values.
        key: the equivalent key of [source].
    """

    flag: str
    metavar: str
    help: str
    key: str
    many: bool = False

    @property
    def name(self) -> str:
        """The attribute under which `argparse` stores its value."""
        return self.flag.lstrip("-").replace("-", "_")


# Kind of source → the option that names such a source.
SOURCES = {
    "prometheus": Option("--prometheus", "URL", "address of a Prometheus, VictoriaMetrics, Thanos or Mimir", "url"),
    "csv": Option("--csv", "PATH", "CSV files, directories or globs", "paths", many=True),
}
# Kind of source → options that set further keys.
DETAILS = {"csv": (Option("--service", "NAME", "service name for all rows of CSV files", "service"),)}
