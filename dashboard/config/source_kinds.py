"""Every kind of source: its keys in [source], and its spec. `KINDS` has a row for each."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dashboard import redaction
from dashboard.config.source_options import DETAILS, SOURCES, Option
from dashboard.sources.csv.formats.catalog import NAMES
from dashboard.sources.csv.mapping import column_names, signal_name
from dashboard.sources.csv.series.series import UNITS
from dashboard.sources.csv.spec import CsvSpec, FileSpec
from dashboard.sources.csv.values.quantities import SECONDS
from dashboard.sources.demo.spec import DemoSpec
from dashboard.sources.prometheus.presets import names
from dashboard.sources.prometheus.spec import PrometheusSpec
from dashboard.sources.spec import SourceSpec
from dashboard.toml import file_parsers, parsers
from dashboard.toml.parsers import text
from dashboard.toml.place import Place
from dashboard.toml.reader import Parser, PathParser, Reader, Values


@dataclass(frozen=True, slots=True)
class Key:
    """A key of [source].

    Attributes:
        parse: validates and converts the value. `field`: the field of the spec, if its name differs from the key.
        required: the message if the key is missing; empty if the spec has a default.
        variable: environment variable used if the key is absent. `parse_variable`: validates and converts its value.
        shown: the value in a form that may be printed.
    """

    parse: Parser | PathParser
    field: str = ""
    required: str = ""
    variable: str = ""
    parse_variable: Parser = text
    shown: Callable[[Any], Any] = lambda value: value


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a source, described by a table such as [[source.files]].

    Attributes:
        spec: creates the part from the given fields. `keys`: the keys of its table.
    """

    spec: Callable[..., Any]
    keys: Mapping[str, Key]


@dataclass(frozen=True, slots=True)
class SourceKind:
    """One kind of source.

    Attributes:
        name: the value of `kind` in [source]. `spec`: creates the spec from the given fields.
        keys: the keys of [source]. `parts`: fields of the spec that hold lists of parts.
        presets: the allowed values of `preset` in [[services]].
    """

    name: str
    spec: Callable[..., SourceSpec]
    keys: Mapping[str, Key] = field(default_factory=dict)
    parts: Mapping[str, Part] = field(default_factory=dict)
    presets: tuple[str, ...] = ()

    @property
    def option(self) -> Option | None:
        """Names such a source on the command line; None if there is no such option."""
        return SOURCES.get(self.name)

    @property
    def details(self) -> tuple[Option, ...]:
        """Options that set further keys."""
        return DETAILS.get(self.name, ())


PROMETHEUS = SourceKind(
    "prometheus",
    PrometheusSpec,
    {
        "url": Key(
            parsers.url,
            required='a prometheus source needs its address, such as "http://127.0.0.1:9090"',
            shown=redaction.shown,
        ),
        "headers": Key(parsers.headers),
        # Secrets are never in the configuration itself, but in a file or, for containers, an environment variable.
        "bearer_token_file": Key(
            PathParser(file_parsers.token_file),
            "bearer_token",
            variable="GOLDEN_SIGNALS_BEARER_TOKEN",
            parse_variable=parsers.token,
        ),
        "username": Key(text),
        "password_file": Key(PathParser(file_parsers.secret_file), "password", variable="GOLDEN_SIGNALS_PASSWORD"),
        "timeout": Key(parsers.duration, "timeout_s"),
        "ca_file": Key(PathParser(file_parsers.certificate_file)),
        "client_cert_file": Key(PathParser(file_parsers.client_certificate_file)),
        "verify": Key(parsers.flag),
        "match": Key(parsers.labels),
        "cluster_label": Key(parsers.label_or_none),
        "failed": Key(parsers.pattern),
        "good": Key(parsers.pattern),
    },
    presets=names(),
)
# How CSV files are read: of all files, or of those that one [[source.files]] names.
READING = {
    "columns": Key(column_names),
    "service": Key(parsers.text),
    "time_format": Key(parsers.time_format),
    "duration": Key(parsers.one_of(tuple(SECONDS))),
    "decimal": Key(parsers.one_of((".", ","))),
    "stamp": Key(parsers.one_of(("start", "end"))),
    "start": Key(parsers.moment),
    "format": Key(parsers.one_of(NAMES)),
    "encoding": Key(parsers.encoding),
    "failed": Key(parsers.pattern),
    "good": Key(parsers.pattern),
    "signal": Key(signal_name),
    "unit": Key(parsers.one_of(UNITS)),
    "rows": Key(parsers.one_of(("add", "replace"))),
}
NO_PATHS = 'a csv source needs files, such as ["data/*.csv"]'
PATHS = Key(PathParser(file_parsers.data_paths), required=NO_PATHS)
CSV = SourceKind(
    "csv",
    CsvSpec,
    {"paths": PATHS, **READING},
    parts={"files": Part(FileSpec, {"paths": PATHS, **READING})},
)
DEMO = SourceKind("demo", DemoSpec, {"seed": Key(parsers.whole)})

# Without `kind`, the first one with a given option or main key is used; otherwise the demo.
KINDS: dict[str, SourceKind] = {kind.name: kind for kind in (PROMETHEUS, CSV, DEMO)}


def kinds_by_option() -> Iterable[tuple[SourceKind, Option]]:
    """The kinds with an option that names them."""
    return ((kind, kind.option) for kind in KINDS.values() if kind.option is not None)


def kinds_by_detail() -> Iterable[tuple[SourceKind, Option]]:
    """The kinds with options for details, once for each option."""
    return ((kind, option) for kind in KINDS.values() for option in kind.details)


def preset_names() -> tuple[str, ...]:
    """The presets of all kinds."""
    return tuple(name for kind in KINDS.values() for name in kind.presets)


def main_keys(kind: str) -> tuple[str, ...]:
    """The key of [source] with the location of such a source; empty if it needs none."""
    option = KINDS[kind].option
    return (option.key,) if option is not None else ()


def main_value(spec: SourceSpec) -> Iterable[tuple[str, Any, bool]]:
    """The settings of a source that options can set: key, printable value, and whether that is shortened."""
    kind = KINDS[spec.kind]
    for name in (*main_keys(spec.kind), *(option.key for option in kind.details)):
        key = kind.keys[name]
        value = getattr(spec, key.field or name)
        # Details that were not given are empty.
        if value or name in main_keys(spec.kind):
            yield name, key.shown(value), key.shown(value) != value


def read_source(data: Any, reader: Reader, environment: Mapping[str, str], named: Values) -> SourceSpec:
    """Build the spec from [source], the environment and the command line.

    Args:
        data: the table [source], as parsed by `tomllib`. `reader`: collects problems.
        named: parsed values of options: `kind` with its main key, and details; empty without such options.
    """
    stated = data if isinstance(data, dict) else {}
    place, names = reader.place.inside("source"), {name for kind in KINDS.values() for name in kind.parts}
    own = {key: value for key, value in stated.items() if key not in names} if stated else data
    # Options take precedence over the file.
    values = reader.table(place, own, _parsers(data)) | named
    # Even invalid keys count: a mistyped `url` must not start the demo.
    meant = [kind.name for kind, option in kinds_by_option() if {option.key, *kind.parts} & {*stated, *named}]
    kind = KINDS[values.get("kind") or next(iter(meant), DEMO.name)]
    fields = _from_environment(kind, stated, reader, environment)
    fields |= {key.field or name: values[name] for name, key in kind.keys.items() if name in values}
    # A source named by an option is the only one that is read.
    parts = {} if kind.option is not None and kind.option.key in named else _parts(kind, stated, reader)
    # Parts name locations as the main key does, even if they are invalid.
    has_parts = any(name in stated for name in parts)
    required = {name: key.required for name, key in kind.keys.items() if key.required and not has_parts}
    if reader.is_missing(place, values, required):
        # Never used, as the recorded problem prevents the start.
        return DemoSpec()
    return kind.spec(**fields, **parts)


def is_named(source: SourceSpec, data: Any) -> bool:
    """Whether a source was named; False if the demo is used because the file names none.

    Args:
        source: as returned by `read_source`. `data`: the table [source].
    """
    return not isinstance(source, DemoSpec) or (isinstance(data, dict) and bool({"kind", *DEMO.keys} & data.keys()))


def _parts(kind: SourceKind, stated: Values, reader: Reader) -> dict[str, tuple[Any, ...]]:
    """The parts of a source by field of its spec; parts without a required key are reported and left out."""
    parts = {}
    for name, part in kind.parts.items():
        parsers_of = {key: known.parse for key, known in part.keys.items()}
        required = {key: known.required for key, known in part.keys.items() if known.required}
        tables = reader.tables(name, stated, parsers_of, reader.place.inside("source"))
        complete = [values for place, values in tables if not reader.is_missing(place, values, required)]
        parts[name] = tuple(
            part.spec(**{part.keys[key].field or key: value for key, value in values.items()}) for values in complete
        )
    return parts


def _parsers(data: Any) -> dict[str, Parser | PathParser]:
    """The parsers of all kinds, so that keys of other kinds may stay; the given kind wins if two share a key."""
    kind = KINDS.get(str(data.get("kind")), DEMO) if isinstance(data, dict) else DEMO
    keys = [*(other.keys for other in KINDS.values()), kind.keys]
    return {"kind": parsers.one_of(tuple(KINDS))} | {name: key.parse for group in keys for name, key in group.items()}


def _from_environment(kind: SourceKind, stated: Values, reader: Reader, environment: Mapping[str, str]) -> Values:
    """Fields of the spec from environment variables, if the file does not set them."""
    fields = {}
    for name, key in kind.keys.items():
        # Even an invalid key counts, or a variable would hide the mistake; an empty variable is ignored.
        if name in stated or not environment.get(key.variable):
            continue
        try:
            fields[key.field or name] = key.parse_variable(environment[key.variable])
        except ValueError as error:
            reader.problem(Place(key=key.variable), str(error))
    return fields
