"""Each wrong key, type or range is named in one line with its file, its key and what to do."""

from pathlib import Path

import pytest

from dashboard.config.configuration import load
from dashboard.exceptions import ConfigError

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


def written(folder: Path, text: str) -> Path:
    path = folder / "golden.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_full_file_is_read(tmp_path: Path) -> None:
    config = load(written(tmp_path, GOOD), {})
    assert (config.title, config.refresh, config.time_zone) == ("Production", 5, "Europe/Berlin")
    assert (config.source.kind, config.source.timeout_s) == ("prometheus", 10)
    assert config.services[0].links == {"runbook": "https://example.org/runbook"}


def test_without_a_file_everything_has_a_default() -> None:
    assert load(None, {}).source.kind == "demo"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('refesh = "5s"', "refesh: unknown key; did you mean refresh?"),
        ("refresh = 5", 'refresh: expected text in quotes, such as "Production"'),
        ('refresh = "0.2s"', "refresh: expected a refresh interval between 1s and 1h"),
        ('time_zone = "Mars/Olympus"', "time_zone: 'Mars/Olympus' is no IANA time zone"),
        ('[source]\nkind = "graphite"', "source.kind: expected one of prometheus, csv, demo"),
        ('[source]\nkind = "prometheus"', "source.url: missing"),
        ('[source]\nurl = "localhost:9090"', "source.url: expected an address that starts with http"),
        ("source = 5", "source: expected a table [source]"),
        ('[source]\nkind = "csv"', "source.paths: missing"),
        ("[[services]]\ntier = 1", "services[1].name: missing"),
        ('[[services]]\nname = "a"\ntier = "one"', "services[1].tier: expected a whole number"),
        ('[source]\nurl = "http://a"\nbearer_token_file = "/nowhere"', "the secret file /nowhere cannot be read"),
        ('[[services]]\nname = "a"\npreset = "opentelemetry"', "did you mean opentelemetry-http?"),
        ('[[services]]\nname = "a"\nmatch = { "a-b" = "c" }', "services[1].match: 'a-b' is no label name"),
        ('[[services]]\nname = "a"\n[[services]]\nname = "a"', "services[2].name: a is there twice"),
        ("title = ", "is not valid TOML"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, line: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    assert str(path) in str(caught.value)
    assert line in str(caught.value)


def test_every_problem_gets_its_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(written(tmp_path, 'refesh = "5s"\nport = 99999\n[source]\nkind = "graphite"'), {})
    assert len(caught.value.problems) == 3


def test_a_missing_file_says_what_writes_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="discover"):
        load(tmp_path / "none.toml", {})


def test_secrets_come_from_the_environment_and_are_never_printed() -> None:
    config = load(None, {"GOLDEN_SIGNALS_BEARER_TOKEN": "s3cret"})
    assert config.source.bearer_token == "s3cret"
    assert "s3cret" not in repr(config)


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
    made = load(written(tmp_path, AGREED), {}).agreements
    once, weekly = made.maintenance
    assert (once.zone, once.reason, once.services, once.every_days) == ("Europe/Berlin", "database move", ("shop",), 0)
    assert (weekly.every_days, weekly.services) == (7, ("*",))
    policy = made.policies[0].policy
    assert [(row.severity, row.long_s, row.short_s) for row in policy.rows] == [
        ("page", 3600, 300),
        ("ticket", 259200, 21600),
    ]
    assert [row.threshold(30 * 86400) for row in policy.rows] == [10, pytest.approx(1)]
    assert policy.min_failures == 20
    assert [credit.credit for credit in made.contracts[0].sla.credits] == ["10 %", "25 %"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[[maintenance]]\nto = 2026-11-01T02:00:00", "maintenance[1].from: missing: when it begins"),
        ('[[maintenance]]\nfrom = "soon"', "maintenance[1].from: expected a local time, such as 2026-11-01T02:00:00"),
        ("[[maintenance]]\nfrom = 2026-11-01T02:00:00Z", "without an offset: it is read in time_zone"),
        (
            "[[maintenance]]\nfrom = 2026-11-01T02:00:00\nto = 2026-11-01T01:00:00",
            "maintenance[1].to: lies before from",
        ),
        ('[[maintenance]]\nevery = "90m"', "maintenance[1].every: expected whole days, such as 1d or 1w"),
        ("maintenance = 5", "maintenance: expected [[maintenance]], one block for each"),
        ('[[policies]]\nname = "a"', "policies[1].rows: missing: the rules of the policy"),
        ('[[policies]]\nname = "a"\nrows = [5]', "policies[1].rows[1]: expected a table"),
        ('[[policies]]\nname = "a"\nrows = [{ severity = "warn" }]', "rows[1].severity: expected one of page, ticket"),
        (
            '[[policies]]\nname = "a"\nrows = [{ severity = "page", long = "1h" }]',
            "policies[1].rows[1]: expected either share (of the budget spent in the long window) or burn (a burn rate)",
        ),
        (
            '[[policies]]\nname = "a"\nrows = [{ severity = "page", long = "1h", short = "2h", share = 0.02 }]',
            "policies[1].rows[1]: a burn row needs a share above 0 and a short window that is shorter than",
        ),
        (
            '[[policies]]\nname = "a"\nmin_failures = -1',
            "policies[1].min_failures: expected a whole number of at least 0",
        ),
        ('[[slas]]\nslo = "a"\nobjective = 1.0', "slas[1].objective: expected a share between 0 and 1"),
        ('[[slas]]\nslo = "a"', "slas[1].objective: missing: what the contract says"),
        ('[[slas]]\nslo = "a"\nobjective = 0.9\ncredits = [{}]', "slas[1].credits[1].below: missing"),
        ("[[slas]]\nobjetive = 0.9", "slas[1].objetive: unknown key; did you mean objective?"),
    ],
)
def test_each_problem_of_an_agreement_is_one_line(tmp_path: Path, text: str, line: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as told:
        load(path, {})
    assert line in str(told.value)
    assert all(problem.startswith(f"{path}: ") for problem in told.value.problems)
