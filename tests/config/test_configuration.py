"""Each wrong key, type or range is one line with its file, its line, its key and what to do."""

import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import certifi
import pytest

from dashboard.config.configuration import Config, load
from dashboard.exceptions import ConfigError
from dashboard.sources.csv.spec import CsvSpec
from dashboard.sources.demo.spec import DemoSpec
from dashboard.sources.prometheus.spec import PrometheusSpec
from tests.damage import damaged

GOOD = """
title = "Production"
refresh = "5s"
time_zone = "Europe/Berlin"

[source]
kind = "prometheus"
url = "http://127.0.0.1:9090"
headers = { X-Scope-OrgID = "team" }
timeout = "10s"

[[services]]
name = "checkout"
team = "payments"
tier = 1
links = { runbook = "https://example.org/runbook" }
"""
ADDRESS = 'expected an address that starts with http:// or https://, such as "http://127.0.0.1:9090"'
PROMETHEUS = {"kind": "prometheus", "url": "http://127.0.0.1:9090"}


def saved(folder: Path, text: str | bytes, name: str = "golden.toml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def problems(path: Path, **how: Any) -> list[str]:
    """What is wrong with a file, without its folder."""
    with pytest.raises(ConfigError) as caught:
        load(path, how.get("environment", {}), how.get("named"))
    return [problem.replace(f"{path.parent}/", "") for problem in caught.value.problems]


def prometheus(config: Config) -> PrometheusSpec:
    assert isinstance(config.source, PrometheusSpec)
    return config.source


def test_a_full_file_is_read(tmp_path: Path) -> None:
    config = load(saved(tmp_path, GOOD), {})
    assert (config.title, config.refresh, config.time_zone) == ("Production", 5, "Europe/Berlin")
    assert prometheus(config) == PrometheusSpec(
        "http://127.0.0.1:9090", headers={"X-Scope-OrgID": "team"}, timeout_s=10
    )
    assert config.source_named == f"{tmp_path}/golden.toml:8: source.url"
    assert config.services[0].links == {"runbook": "https://example.org/runbook"}


def test_without_a_file_everything_has_a_default() -> None:
    assert load(None, {}) == Config(source=DemoSpec())


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ('[source]\nurl = "http://a"', PrometheusSpec("http://a")),
        ('[source]\npaths = ["/a.csv"]', CsvSpec(("/a.csv",))),
        ('[source]\nurl = "http://a"\npaths = ["/a.csv"]', PrometheusSpec("http://a")),
        ('[source]\nkind = "csv"\nurl = "http://a"\npaths = ["/a.csv"]', CsvSpec(("/a.csv",))),
        ("[source]\nseed = 3", DemoSpec(3)),
        ("[source]", DemoSpec()),
    ],
)
def test_without_a_kind_the_keys_say_which_source_is_meant(tmp_path: Path, text: str, source: object) -> None:
    assert load(saved(tmp_path, text), {}).source == source


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('refesh = "5s"', "1: refesh: unknown key; did you mean refresh?"),
        ("[sorce]\nurl = 'http://a'", "1: sorce: unknown key; did you mean source?"),
        ("title = 'a'\n[[service]]\nname = 'a'", "2: service: unknown key; did you mean services?"),
        ("refresh = 5", '1: refresh: expected a duration in quotes, such as "15s"'),
        ('\nrefresh = "0.2s"', "2: refresh: expected a refresh interval between 1s and 1h"),
        ('refresh = "9999999999d"', "1: refresh: expected a duration of at most 3650d"),
        (
            'time_zone = "Mars/Olympus"',
            "1: time_zone: 'Mars/Olympus' is no IANA time zone: write for example \"Europe/Berlin\"",
        ),
        ("slos = [\n'a.yaml',\n5]", "3: slos[2]: expected text in quotes, and not empty"),
        ('slos = "a.yaml"', '1: slos: expected a list of texts in brackets, such as ["first", "second"]'),
        ("port = 1e400", "1: port: expected a whole number"),
        ("port = 99999", "1: port: expected a port between 1 and 65535"),
        ('"ti\\ntle" = 5', '1: "ti\\ntle": unknown key; did you mean title?'),
        ('[source]\nkind = "graphite"', "2: source.kind: expected one of prometheus, csv, demo"),
        ("[source]\nkind = []", "2: source.kind: expected one of prometheus, csv, demo"),
        (
            '\n[source]\nkind = "prometheus"',
            '2: source.url: missing: a prometheus source needs its address, such as "http://127.0.0.1:9090"',
        ),
        ('[source]\nurl = "localhost:9090"', f"2: source.url: {ADDRESS}"),
        ('[source]\nurl = "http://[::1"', f"2: source.url: {ADDRESS}"),
        ('[source]\nurl = "http://a:123456"', f"2: source.url: {ADDRESS}"),
        ("source = 5", "1: source: expected a table [source]"),
        ("[[source]]\nurl = 'http://a'", "1: source: expected a table [source]"),
        (
            '[source]\nkind = "csv"',
            '1: source.paths: missing: a csv source needs files, such as ["data/*.csv"]',
        ),
        ("[source]\npaths = []", '2: source.paths: is an empty list: name files, such as ["data/*.csv"]'),
        (
            "[source]\nurl = 'http://a'\nheaders = { X-A = 'a', X-B = 'b\\nc' }\n".replace("'b\\nc'", '"b\\nc"'),
            "3: source.headers.X-B: expected one line of ASCII text",
        ),
        (
            "[source]\nurl = 'http://a'\n[source.headers]\nX-A = 'a'\n'X B' = 'b'\n",
            '5: source.headers."X B": is no name of a header: letters, digits and - are allowed',
        ),
        ("[source]\nurl = 'http://a'\nhaders = {}", "3: source.haders: unknown key; did you mean headers?"),
        ("[source]\nseed = 0x" + "f" * 5000, "2: source.seed: expected a whole number of at most 18 digits"),
        ("[[services]]\ntier = 1", "1: services[1].name: missing: every service needs its name"),
        ("[[services]]\nname = ''", "2: services[1].name: is empty: every service needs its name"),
        ("[[services]]\nname = 5", '2: services[1].name: expected text in quotes, such as "Production"'),
        ("services = 5", "1: services: expected [[services]], one block for each"),
        ("services = [5]", "1: services[1]: expected a table such as { key = value }"),
        ('[[services]]\nname = "a"\ntier = "one"', "3: services[1].tier: expected a whole number"),
        ('[[services]]\nname = "a"\n[services.lnks]', "3: services[1].lnks: unknown key; did you mean links?"),
        (
            '[[services]]\nname = "a"\npreset = "opentelemetry"',
            "3: services[1].preset: there is no such preset; did you mean opentelemetry-http?",
        ),
        (
            '[[services]]\nname = "a"\nmatch = { "a-b" = "c" }',
            "3: services[1].match.a-b: is no label name: letters, digits and _ are allowed",
        ),
        (
            '[[services]]\nname = "a"\n\n[[services]]\nname = "a"',
            "5: services[2].name: a is there twice: put both blocks into one",
        ),
    ],
)
def test_a_mistake_is_one_line_with_its_place(tmp_path: Path, text: str, problem: str) -> None:
    assert problems(saved(tmp_path, text)) == [f"golden.toml:{problem}"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("\ntitle = ", '2: is not valid TOML: a value is missing or is none: write text in quotes, such as "15s"'),
        ('title = "a"\n[source', "2: is not valid TOML: Expected ']' at the end of a table declaration"),
        ('title = "a"\ntitle = "b"\nport = 5', "2: is not valid TOML: a key is there twice: leave one of them out"),
        ("[source]\n[source]", "2: is not valid TOML: a table is there twice: put both into one"),
        (
            "source = { url = 'http://a' }\n[source]\nkind = 'csv'",
            "2: is not valid TOML: a table is there twice: put both into one",
        ),
        ('title = """a\n\nb', "3: is not valid TOML: a text does not end: close its quotes"),
        ("title = 5\n# \x00", "2: is not valid TOML: Found invalid character '\\x00'"),
        (b"title = 5\r\n# \xe9\r\n", "2: is no text in UTF-8: save the file in UTF-8"),
        ('title = "a"'.encode("utf-16"), "1: is no text in UTF-8: save the file in UTF-8"),
        ("title = 'a'\nport = " + "1" * 5000, "2: a number has too many digits: write a shorter one"),
    ],
    ids=lambda value: None if len(value) < 60 else "long",
)
def test_what_is_no_toml_says_where(tmp_path: Path, text: str | bytes, problem: str) -> None:
    assert problems(saved(tmp_path, text)) == [f"golden.toml:{problem}"]


@pytest.mark.parametrize("text", ["a = " + "[" * 20_000, "a = " + "{ b = " * 20_000, "a = " + "[" * 400 + "]" * 400])
def test_deep_nesting_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    (problem,) = problems(saved(tmp_path, text))
    assert problem.startswith(("golden.toml: is nested too deeply", "golden.toml:1: a: unknown key"))


@pytest.mark.parametrize("text", ["\ufeff" + GOOD, GOOD.replace("\n", "\r\n")], ids=["byte order mark", "CRLF"])
def test_what_editors_add_changes_nothing(tmp_path: Path, text: str) -> None:
    assert load(saved(tmp_path, text), {}) == load(saved(tmp_path, GOOD), {})
    later = saved(tmp_path, text + "\r\n[maintenance]\r\n")
    assert problems(later) == ["golden.toml:18: maintenance: expected [[maintenance]], one block for each"]


def test_every_problem_gets_its_line_once(tmp_path: Path) -> None:
    text = 'refesh = "5s"\nport = 99999\n[source]\nkind = "graphite"\n[[slas]]\nslo = 5\n[[slas]]\nslo = 5\n'
    assert [problem.split(" ")[0] for problem in problems(saved(tmp_path, text))] == [
        "golden.toml:1:",
        "golden.toml:2:",
        "golden.toml:4:",
        "golden.toml:5:",
        "golden.toml:6:",
        "golden.toml:7:",
        "golden.toml:8:",
    ]


def test_a_missing_file_says_what_writes_one(tmp_path: Path) -> None:
    assert problems(tmp_path / "none.toml") == [
        "none.toml: there is no such file; `golden-signals discover` writes a first one"
    ]


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "conf").mkdir()
    assert problems(tmp_path / "conf") == ["conf: is a directory: name the TOML file in it"]


# --- secrets ---------------------------------------------------------------------------------------------------------


def test_secrets_come_from_the_environment_and_are_never_printed() -> None:
    config = load(None, {"GOLDEN_SIGNALS_BEARER_TOKEN": "s3cret", "GOLDEN_SIGNALS_PASSWORD": "pa55"}, PROMETHEUS)
    assert (prometheus(config).bearer_token, prometheus(config).password) == ("s3cret", "pa55")
    assert "s3cret" not in repr(config)
    assert "pa55" not in repr(config)


def test_a_file_goes_before_the_environment(tmp_path: Path) -> None:
    saved(tmp_path, " from the file\n", "token")
    path = saved(tmp_path, '[source]\nurl = "http://a"\nbearer_token_file = "token"')
    assert prometheus(load(path, {"GOLDEN_SIGNALS_BEARER_TOKEN": "other"})).bearer_token == "from the file"


def test_what_is_wrong_with_a_variable_names_the_variable_and_not_the_secret(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(None, {"GOLDEN_SIGNALS_BEARER_TOKEN": "s3cret\nline"}, PROMETHEUS)
    assert str(caught.value) == "GOLDEN_SIGNALS_BEARER_TOKEN: expected a token of one line of ASCII text"


# --- paths -----------------------------------------------------------------------------------------------------------


def test_every_path_is_relative_to_the_file_that_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    for name in ("token", "password"):
        saved(tmp_path / "conf" / "secrets", name, name)
    saved(tmp_path / "conf" / "secrets", Path(certifi.where()).read_bytes(), "ca.pem")
    text = """
slos = ["slo/*.yaml", "/etc/slo"]
[source]
url = "http://a"
bearer_token_file = "secrets/token"
password_file = "secrets/password"
ca_file = "./secrets/ca.pem"
"""
    saved(tmp_path / "conf", text)
    for path in (tmp_path / "conf" / "golden.toml", Path("../conf/golden.toml")):
        config = load(path, {})
        source = prometheus(config)
        assert (source.bearer_token, source.password) == ("token", "password")
        assert source.ca_file == str(path.parent / "secrets" / "ca.pem")
        assert [slo.pattern for slo in config.slos] == [str(path.parent / "slo" / "*.yaml"), "/etc/slo"]
        assert config.slos[1].named == f"{path}:2: slos[2]"


def test_paths_of_csv_files_are_relative_too_also_globs_and_folders(tmp_path: Path) -> None:
    path = saved(tmp_path / "conf", '[source]\npaths = ["a.csv", "b/", "c-*.csv", "/d.csv"]')
    source = load(path, {}).source
    assert isinstance(source, CsvSpec)
    folder = path.parent
    assert source.paths == (f"{folder}/a.csv", f"{folder}/b", f"{folder}/c-*.csv", "/d.csv")


def test_the_folder_of_the_file_is_no_glob(tmp_path: Path) -> None:
    path = saved(tmp_path / "[ab]*", '[source]\npaths = ["*.csv", "a.csv"]')
    source = load(path, {}).source
    assert isinstance(source, CsvSpec)
    assert source.paths == (f"{tmp_path}/[[]ab][*]/*.csv", f"{tmp_path}/[ab]*/a.csv")


def test_a_file_without_a_certificate_is_none(tmp_path: Path) -> None:
    saved(tmp_path, "secret", "ca.pem")
    assert problems(saved(tmp_path, '[source]\nurl = "http://a"\nca_file = "ca.pem"')) == [
        "golden.toml:3: source.ca_file: the file ca.pem holds no certificate: expected PEM, which has BEGIN CERTIFICATE"
    ]


@pytest.mark.parametrize("key", ["bearer_token_file", "password_file", "ca_file"])
@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("nowhere", "No such file or directory"),
        (".", "Is a directory"),
        ("latin", "it is no text in UTF-8"),
        ("a\\u0000b", "it is no text in UTF-8"),
        ("x" * 300, "File name too long"),
    ],
    ids=["missing", "folder", "not UTF-8", "null", "long"],
)
def test_a_file_that_cannot_be_read_is_named_with_its_key(tmp_path: Path, key: str, name: str, why: str) -> None:
    (tmp_path / "latin").write_bytes(b"caf\xe9")
    (problem,) = problems(saved(tmp_path, f'[source]\nurl = "http://a"\n{key} = "{name}"'))
    assert problem.startswith(f"golden.toml:3: source.{key}: the ")
    assert f"cannot be read: {why}: paths are relative to the folder of this configuration" in problem
    assert "\n" not in problem


def test_what_an_option_names_goes_before_the_file(tmp_path: Path) -> None:
    path = saved(tmp_path, '[source]\nkind = "prometheus"\nheaders = { X-A = "a" }')
    source = prometheus(load(path, {}, PROMETHEUS))
    assert source == PrometheusSpec("http://127.0.0.1:9090", headers={"X-A": "a"})
    csv = {"kind": "csv", "paths": ("a.csv",)}
    assert load(saved(tmp_path, GOOD), {}, csv).source == CsvSpec(("a.csv",))


# --- agreements ------------------------------------------------------------------------------------------------------

AGREED = """
time_zone = "Europe/Berlin"

[[maintenance]]
from = 2026-11-01T02:00:00
to = "2026-11-01T04:00:00"
reason = "database move"
services = ["shop"]

[[maintenance]]
from = 2026-01-04T03:00:00
to = 2026-01-04T04:00:00
every = "1w"

[[policies]]
name = "calm"
min_failures = 20
services = ["shop"]
rows = [
    { severity = "ticket", share = "10 %", long = "3d", short = "6h" },
    { severity = "page", burn = 10, long = "1h" },
]

[[slas]]
slo = "shop-availability"
objective = 0.99
credits = [{ below = 0.95, credit = "25 %" }, { below = 0.99, credit = "10 %" }]
"""


def test_agreements_are_read(tmp_path: Path) -> None:
    agreements = load(saved(tmp_path, AGREED), {}).agreements
    once, weekly = agreements.maintenance
    assert (once.zone, once.reason, once.services, once.every_days) == ("Europe/Berlin", "database move", ("shop",), 0)
    assert (weekly.every_days, weekly.services) == (7, ("*",))
    policy = agreements.policies[0].policy
    assert [(row.severity, row.long_s, row.short_s) for row in policy.rows] == [
        ("page", 3600, 300),
        ("ticket", 259200, 21600),
    ]
    assert [row.threshold(30 * 86400) for row in policy.rows] == [10, pytest.approx(1)]
    assert policy.min_failures == 20
    assert [credit.credit for credit in agreements.slas[0].sla.credits] == ["10 %", "25 %"]
    assert agreements.slas[0].place.at("slo") == f"{tmp_path}/golden.toml:25: slas[1].slo"


@pytest.mark.parametrize("seed", range(40))
def test_whatever_is_cut_out_of_a_file_is_never_a_traceback(tmp_path: Path, seed: int) -> None:
    text = (GOOD + AGREED.replace('time_zone = "Europe/Berlin"', "")).encode()
    begin = seed * 397 % len(text)
    path = saved(tmp_path, text[:begin] + text[begin + 1 + seed % 7 :])
    with suppress(ConfigError):
        load(path, {})
        return
    assert all(problem.startswith("golden.toml:") for problem in problems(path))


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_file_is_read_or_has_single_lines_with_its_name(tmp_path: Path, seed: int) -> None:
    began, read_count = time.process_time(), 0
    for text in damaged([GOOD + AGREED.replace('time_zone = "Europe/Berlin"', "")], 100, seed=seed):
        path = saved(tmp_path, text)
        with suppress(ConfigError):
            load(path, {})
            read_count += 1
            continue
        for problem in problems(path):
            assert problem.startswith("golden.toml:")
            assert len(problem.splitlines()) == 1
    assert read_count, "some damage does no harm"
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            f"[[slas]]\nslo = 'a'\nobjective = {'9' * 400}",
            '3: slas[1].objective: expected a share between 0 and 1, such as 0.02 or "2 %"',
        ),
        (
            f"[[slas]]\nslo = 'a'\nobjective = 0.{'9' * 400}",
            "3: slas[1].objective: expected a share between 0 and 1, such as 0.99: at 1 there is nothing to spend",
        ),
        (
            f"[[slas]]\nslo = 'a'\nobjective = '{'9' * 400}%'",
            '3: slas[1].objective: expected a share between 0 and 1, such as 0.02 or "2 %"',
        ),
        (
            f"latency_threshold = '{'9' * 400}s'",
            "1: latency_threshold: expected a duration of at most 3650d",
        ),
        (f"port = {'9' * 400}", "1: port: expected a whole number of at most 18 digits"),
        (
            "[[services]]\nname = 'a'\n" * 2
            + "".join(f"[[services]]\nname = '{number}'\n" for number in range(20_000)),
            "4: services[2].name: a is there twice: put both blocks into one",
        ),
    ],
    ids=["400 digits", "400 decimals", "400 digits of percent", "400 digits of seconds", "a port", "20,000 services"],
)
def test_what_is_far_too_long_is_one_clear_line(tmp_path: Path, text: str, problem: str) -> None:
    began = time.process_time()
    assert problems(saved(tmp_path, text)) == [f"golden.toml:{problem}"]
    assert time.process_time() - began < 2
