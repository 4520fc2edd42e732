"""[alertmanager], [alerts] and labels of alerts: what they mean, and one line for each mistake."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from dashboard.cli import main
from dashboard.config.alert_tables import TOKEN_VARIABLE
from dashboard.config.configuration import Config, load
from dashboard.exceptions import ConfigError

NONE: Mapping[str, str] = {}


def read(tmp_path: Path, text: str, environment: Mapping[str, str] = NONE, *options: str) -> Config:
    path = tmp_path / "golden.toml"
    path.write_text(text, encoding="utf-8")
    return load(path, environment, alertmanager=options)


def test_an_alertmanager_is_reached_as_the_file_says(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("s3cret\n", encoding="utf-8")
    written = '[alertmanager]\nurl = "http://alerts:9093/prefix"\nbearer_token_file = "token"\ntimeout = "3s"\n'
    spec = read(tmp_path, written + 'headers = { X-Scope-OrgID = "team" }\nverify = false').alertmanager
    assert spec is not None
    assert (spec.urls, spec.bearer_token, spec.timeout_s, spec.verify) == (
        ("http://alerts:9093/prefix",),
        "s3cret",
        3.0,
        False,
    )
    assert spec.headers == {"X-Scope-OrgID": "team"}
    assert "s3cret" not in repr(spec)
    # The option goes before the file, whose other keys stay.
    other = read(tmp_path, written, NONE, "http://other:9093").alertmanager
    assert other is not None
    assert (other.urls, other.bearer_token) == (("http://other:9093",), "s3cret")


@pytest.mark.parametrize(
    "text",
    [
        'alertmanager = ["http://a:9093", "http://b:9093/prefix", "http://a:9093"]',
        '[alertmanager]\nurl = ["http://a:9093", "http://b:9093/prefix"]',
    ],
    ids=["list", "table"],
)
def test_several_are_a_list_and_share_what_else_is_written(tmp_path: Path, text: str) -> None:
    spec = read(tmp_path, text, {TOKEN_VARIABLE: "s3cret"}).alertmanager
    assert spec is not None
    assert (spec.urls, spec.bearer_token) == (("http://a:9093", "http://b:9093/prefix"), "s3cret")
    single = read(tmp_path, 'alertmanager = "http://a:9093"').alertmanager
    assert single is not None
    assert single.urls == ("http://a:9093",)
    others = read(tmp_path, text, NONE, "http://c:9093", "http://d:9093").alertmanager
    assert others is not None
    assert others.urls == ("http://c:9093", "http://d:9093")


def test_without_a_table_there_is_none_unless_an_option_names_it(tmp_path: Path) -> None:
    assert read(tmp_path, "").alertmanager is None
    assert read(tmp_path, "", {TOKEN_VARIABLE: "s3cret"}).alertmanager is None
    named = read(tmp_path, "", {TOKEN_VARIABLE: "s3cret"}, "http://alerts:9093").alertmanager
    assert named is not None
    assert (named.urls, named.bearer_token) == (("http://alerts:9093",), "s3cret")


def test_severities_labels_and_services_are_as_written(tmp_path: Path) -> None:
    config = read(
        tmp_path,
        '[alerts]\npage = ["P1", "sev1"]\nservice_labels = ["owner", "job"]\n'
        '[[services]]\nname = "shop"\nmatch = { job = "web" }\nalerts = { team = "money" }\n',
    )
    assert config.alerts.pages == {"p1", "sev1"}
    assert config.alerts.service_labels == ("owner", "job")
    assert config.alerts.match == {"shop": ((("team", "money"),), (("job", "web"),))}
    assert read(tmp_path, "").alerts.pages == {"page", "critical"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[alertmanager]\n", "alertmanager.url: missing: an Alertmanager needs its address"),
        ('[alertmanager]\nurl = "alerts:9093"\n', "2: alertmanager.url: expected an address that starts with http"),
        ("[alertmanager]\nurl = []\n", "2: alertmanager.url: is an empty list: an Alertmanager needs its address"),
        ("alertmanager = []\n", "1: alertmanager: is an empty list: an Alertmanager needs its address"),
        (
            'alertmanager = ["http://a:9093", "b:9093"]\n',
            "1: alertmanager[2]: expected an address that",
        ),
        ('alertmanager = "b:9093"\n', "1: alertmanager: expected an address that starts with http"),
        ('[[alertmanager]]\nurl = "http://a:9093"\n', "1: alertmanager: expected a table [alertmanager]"),
        ('[alertmanager]\nurl = "http://a:9093"\ntoken = "x"\n', "3: alertmanager.token: unknown key"),
        ('[alertmanager]\nurl = "http://a:9093"\nbearer_token_file = "gone"\n', "the secret file cannot be read"),
        ("[alerts]\npage = []\n", "2: alerts.page: is an empty list"),
        ('[alerts]\nservice_labels = ["a-b"]\n', "is no label name"),
        ('[alerts]\npages = ["p1"]\n', "unknown key; did you mean page?"),
        ('[[services]]\nname = "shop"\nalerts = ["team"]\n', "expected a table of texts"),
    ],
)
def test_each_mistake_is_named(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(ConfigError) as raised:
        read(tmp_path, text)
    assert problem in str(raised.value)
    assert len(raised.value.problems) == 1


def test_an_option_that_is_no_address_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["alerts", "--prometheus", "http://127.0.0.1:1", "--alertmanager", "alerts:9093"]) == 2
    assert capsys.readouterr().err.startswith("golden-signals: --alertmanager: expected an address")
