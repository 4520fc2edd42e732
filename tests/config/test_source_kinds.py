"""[source], the environment and an option together name one source; what each key may be, and what is missing."""

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dashboard.config.source_kinds import (
    CSV,
    DEMO,
    KINDS,
    PROMETHEUS,
    SourceKind,
    kinds_by_option,
    main_keys,
    main_value,
    preset_names,
    read_source,
)
from dashboard.sources.csv.spec import CsvSpec, FileSpec
from dashboard.sources.demo.spec import DemoSpec
from dashboard.sources.prometheus.spec import PrometheusSpec
from dashboard.sources.spec import SourceSpec
from dashboard.toml.lines import key_lines
from dashboard.toml.place import Place
from dashboard.toml.reader import Reader

URL = 'url = "http://a"\n'
HERE = PrometheusSpec("http://a")
TEXT = 'expected text in quotes, such as "Production"'
DURATION = 'expected a duration in quotes, such as "15s"'
TABLE = 'expected a table of texts, such as { runbook = "https://example.org" }'


def read(
    text: str, environment: dict[str, str] | None = None, named: dict[str, Any] | None = None
) -> tuple[SourceSpec, tuple[str, ...]]:
    """The spec of [source], and what is wrong with it."""
    whole = f"[source]\n{text}"
    reader = Reader(Place("a.toml", lines=key_lines(whole)), Path("/conf"))
    spec = read_source(tomllib.loads(whole)["source"], reader, environment or {}, named or {})
    return spec, reader.problems


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        (URL, HERE),
        (URL + 'kind = "prometheus"\n', HERE),
        (URL + 'headers = { X-A = "b" }\n', PrometheusSpec("http://a", headers={"X-A": "b"})),
        (URL + 'username = "me"\n', PrometheusSpec("http://a", username="me")),
        (URL + 'timeout = "1m"\n', PrometheusSpec("http://a", timeout_s=60.0)),
        (URL + "verify = false\n", PrometheusSpec("http://a", verify=False)),
        (URL + 'failed = "5.."\ngood = "ok"\n', PrometheusSpec("http://a", failed="5..", good="ok")),
        (URL + 'match = { cluster = "eu" }\n', PrometheusSpec("http://a", match={"cluster": "eu"})),
        ('paths = ["a.csv", "/b/*.csv"]\n', CsvSpec(("/conf/a.csv", "/b/*.csv"))),
        ('paths = ["a.csv"]\nstart = 2026-11-01T02:00:00Z\n',
         CsvSpec(("/conf/a.csv",), start=datetime(2026, 11, 1, 2, tzinfo=UTC))),
        ('paths = ["a.csv"]\nstart = "2026-11-01 02:00"\n', CsvSpec(("/conf/a.csv",), start=datetime(2026, 11, 1, 2))),
        ('paths = ["a.csv"]\ncolumns = { time = "at" }\n', CsvSpec(("/conf/a.csv",), columns={"time": "at"})),
        ("seed = 3\n", DemoSpec(3)),
        ('kind = "demo"\n' + URL, DemoSpec()),
        ('kind = "csv"\npaths = ["/a"]\n' + URL, CsvSpec(("/a",))),
        (URL + 'paths = ["/a"]\n', HERE),
        ("", DemoSpec()),
    ],
    ids=["an address", "a kind", "headers", "a user", "a timeout", "unverified", "words for outcomes",
         "labels", "paths", "a start", "a local start", "columns", "a seed",
         "the demo", "CSV", "an address and paths", "nothing"],
)  # fmt: skip
def test_a_source(text: str, spec: SourceSpec) -> None:
    assert read(text) == (spec, ())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (URL + "username = 5\n", f"3: source.username: {TEXT}"),
        (URL + "timeout = 5\n", f"3: source.timeout: {DURATION}"),
        (URL + 'timeout = "4000d"\n', "3: source.timeout: expected a duration of at most 3650d"),
        (URL + "failed = 5\n", f"3: source.failed: {TEXT}"),
        (URL + "verify = 1\n", "3: source.verify: expected true or false"),
        (URL + 'verify = "no"\n', "3: source.verify: expected true or false"),
        (URL + 'match = "a"\n', f"3: source.match: {TABLE}"),
        (URL + "match = { a = 1 }\n", '3: source.match.a: expected text in quotes, such as "https://example.org"'),
        (URL + 'headers = "a"\n', f"3: source.headers: {TABLE}"),
        ('paths = "a.csv"\n', '2: source.paths: expected a list of texts in brackets, such as ["first", "second"]'),
        ('paths = [""]\n', '2: source.paths[1]: expected text in quotes, and not empty'),
        ('paths = ["a"]\ncolumns = []\n', f"3: source.columns: {TABLE}"),
        (
            'paths = ["a"]\ncolumns = { servce = "app" }\n',
            "3: source.columns.servce: is no column that is read; did you mean service?",
        ),
        (
            'paths = ["a"]\ncolumns = { requests = "hits", errors = "hits" }\n',
            "3: source.columns.errors: names the column 'hits', as requests does: a column can only be one of them",
        ),
        ("seed = 1.5\n", "2: source.seed: expected a whole number"),
        ("seed = true\n", "2: source.seed: expected a whole number"),
        ('kind = "Prometheus"\n', "2: source.kind: expected one of prometheus, csv, demo; did you mean prometheus?"),
        (URL + 'pasword_file = "a"\n', "3: source.pasword_file: unknown key; did you mean password_file?"),
        ("url = 5\n", '2: source.url: expected an address that starts with http:// or https://, such as '
                      '"http://127.0.0.1:9090"'),
    ],
)  # fmt: skip
def test_a_value_that_is_wrong_is_one_line(text: str, problem: str) -> None:
    assert read(text)[1] == (f"a.toml:{problem}",)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('kind = "prometheus"\n', 'url: missing: a prometheus source needs its address, such as '
                                  '"http://127.0.0.1:9090"'),
        ('kind = "csv"\n', 'paths: missing: a csv source needs files, such as ["data/*.csv"]'),
    ],
)  # fmt: skip
def test_a_source_without_its_main_key_is_the_demo_and_a_problem(text: str, problem: str) -> None:
    assert read(text) == (DemoSpec(), (f"a.toml:1: source.{problem}",))


@pytest.mark.parametrize(
    ("text", "environment", "token", "password"),
    [
        (URL, {}, "", ""),
        (URL, {"GOLDEN_SIGNALS_BEARER_TOKEN": "t", "GOLDEN_SIGNALS_PASSWORD": "p"}, "t", "p"),
        (URL, {"GOLDEN_SIGNALS_BEARER_TOKEN": "", "OTHER": "x"}, "", ""),
    ],
    ids=["none", "both", "an empty one"],
)
def test_secrets_may_stand_in_variables(text: str, environment: dict[str, str], token: str, password: str) -> None:
    spec, problems = read(text, environment)
    assert isinstance(spec, PrometheusSpec)
    assert (spec.bearer_token or "", spec.password or "", problems) == (token, password, ())


def test_a_file_goes_before_a_variable(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(" mine \n")
    spec, problems = read(f'{URL}bearer_token_file = "{tmp_path}/token"\n', {"GOLDEN_SIGNALS_BEARER_TOKEN": "other"})
    assert isinstance(spec, PrometheusSpec)
    assert (spec.bearer_token, problems) == ("mine", ())


def test_a_variable_that_is_wrong_is_named_and_its_secret_is_not() -> None:
    _, problems = read(URL, {"GOLDEN_SIGNALS_BEARER_TOKEN": "s3cret\n"})
    assert problems == ("GOLDEN_SIGNALS_BEARER_TOKEN: expected a token of one line of ASCII text",)


FILES = """
paths = ["a.csv"]
service = "shop"
[[source.files]]
paths = ["old/*.csv"]
columns = { requests = "hits" }
duration = "ms"
[[source.files]]
paths = ["/log"]
format = "jmeter"
stamp = "start"
encoding = "latin-1"
"""


def test_files_may_be_read_in_ways_of_their_own() -> None:
    files = (
        FileSpec(("/conf/old/*.csv",), columns={"requests": "hits"}, duration="ms"),
        FileSpec(("/log",), format="jmeter", stamp="start", encoding="iso8859-1"),
    )
    assert read(FILES) == (CsvSpec(("/conf/a.csv",), service="shop", files=files), ())
    only = FILES.replace('paths = ["a.csv"]\n', "")
    assert read(only) == (CsvSpec(service="shop", files=files), ())


def test_paths_of_the_command_line_are_all_that_is_read() -> None:
    assert read(FILES, named={"kind": "csv", "paths": ("b",)}) == (CsvSpec(("b",), service="shop"), ())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[[source.files]]\nservice = "a"\n', '2: source.files[1].paths: missing: a csv source needs files, such as '
                                               '["data/*.csv"]'),
        ('paths = ["a"]\nstart = "noon"\n', "3: source.start: expected a time, such as 2026-11-01T02:00:00Z"),
        ('paths = ["a"]\nstart = 0001-01-01T00:00:00\n',
         "3: source.start: expected a time between the years 1970 and 2200"),
        ('[[source.files]]\npaths = ["a"]\nservices = "a"\n',
         "4: source.files[1].services: unknown key; did you mean service?"),
        ('[[source.files]]\npaths = ["a"]\nduration = "hours"\n',
         "4: source.files[1].duration: expected one of ns, us, µs, μs, ms, s, sec, m, min, h"),
        ('files = 5\npaths = ["a"]\n', "2: source.files: expected [[source.files]], one block for each"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_some_files_is_one_line(text: str, problem: str) -> None:
    assert read(text)[1] == (f"a.toml:{problem}",)


def test_what_an_option_names_goes_before_the_file() -> None:
    named = {"kind": "prometheus", "url": "http://b"}
    assert read(URL + 'username = "me"\n', named=named) == (PrometheusSpec("http://b", username="me"), ())
    assert read(URL, named={"kind": "csv", "paths": ("a",)}) == (CsvSpec(("a",)), ())
    assert read("", named={"url": "http://b"}) == (PrometheusSpec("http://b"), ())


@pytest.mark.parametrize(
    ("kind", "keys", "spec", "values"),
    [
        (PROMETHEUS, ("url",), HERE, [("url", "http://a", False)]),
        (CSV, ("paths",), CsvSpec(("a",)), [("paths", ("a",), False)]),
        (DEMO, (), DemoSpec(), []),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_the_main_key_says_where_a_source_is(
    kind: SourceKind, keys: tuple[str, ...], spec: SourceSpec, values: list[tuple[str, Any, bool]]
) -> None:
    assert main_keys(kind.name) == keys
    assert list(main_value(spec)) == values
    assert KINDS[kind.name] is kind


def test_options_are_named_as_the_command_line_does() -> None:
    options = {kind.name: option for kind, option in kinds_by_option()}
    assert {name: (option.flag, option.name, option.many) for name, option in options.items()} == {
        "prometheus": ("--prometheus", "prometheus", False), "csv": ("--csv", "csv", True)
    }  # fmt: skip


def test_presets_are_those_of_all_kinds() -> None:
    assert preset_names() == PROMETHEUS.presets
    assert "opentelemetry-http" in preset_names()
