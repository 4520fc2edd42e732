"""Who is told of incidents: webhooks and messages, with their secrets beside the file."""

import base64
from pathlib import Path

import pytest

from dashboard.config.configuration import Config, load
from dashboard.exceptions import ConfigError
from dashboard.incidents.incident import Severity
from dashboard.notifications.spec import EventKind, MessageSpec, WebhookSpec

KEY = bytes(range(32))
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"


def loaded(tmp_path: Path, text: str, environment: dict[str, str] | None = None) -> Config:
    file = tmp_path / "golden.toml"
    file.write_text(text, encoding="utf-8")
    (tmp_path / "secret").write_text(f"{SECRET}\n", encoding="utf-8")
    (tmp_path / "short").write_text("hunter2", encoding="utf-8")
    (tmp_path / "slack").write_text("slack://hunter2/B/C/#oncall\n", encoding="utf-8")
    return load(file, environment or {})


def test_without_any_nobody_is_told(tmp_path: Path) -> None:
    config = loaded(tmp_path, "")
    assert (config.receivers, config.base_url) == ((), "")


def test_receivers_have_defaults_and_no_secret_is_shown(tmp_path: Path) -> None:
    text = """
base_url = "https://golden.example.org/"
[[webhooks]]
url = "https://automation.example.org/hooks/hunter2"
secret_file = "secret"
[[webhooks]]
name = "pages"
url = "http://10.0.0.7:8080/"
secret_variable = "HOOK"
events = ["open", "close"]
severities = ["page"]
services = ["checkout", "pay*"]
[[notify]]
url_file = "slack"
[[notify]]
name = "mail"
url_variable = "MAIL"
[[notify]]
url = "syslog://localhost"
"""
    environment = {"HOOK": "sixteen letters!", "MAIL": "mailto://user:hunter2@example.org"}
    config = loaded(tmp_path, text, environment)
    automation, pages, slack, mail, syslog = config.receivers
    assert isinstance(automation, WebhookSpec)
    assert (automation.name, automation.secret) == ("automation.example.org", KEY)
    assert (automation.events, automation.severities) == (set(EventKind), {Severity.PAGE, Severity.TICKET})
    assert isinstance(pages, WebhookSpec)
    assert (pages.secret, pages.events, pages.severities, pages.services) == (
        b"sixteen letters!", {EventKind.OPEN, EventKind.CLOSE}, {Severity.PAGE}, ("checkout", "pay*"),
    )  # fmt: skip
    assert isinstance(slack, MessageSpec)
    assert (slack.name, slack.url) == ("slack", "slack://hunter2/B/C/#oncall")
    assert slack.events == {EventKind.OPEN, EventKind.ESCALATION, EventKind.CLOSE}
    assert (mail.name, syslog.name, config.base_url) == ("mail", "syslog", "https://golden.example.org")
    assert "hunter2" not in repr(config)
    assert "sixteen" not in repr(config)


WEBHOOK, MESSAGE = "[[webhooks]]\nurl = 'https://a'\n", "[[notify]]\nurl = 'slack://a'\n"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[[webhooks]]\nsecret_file = 'secret'", ":1: webhooks[1].url: missing: where it leads"),
        (WEBHOOK, ":1: webhooks[1]: needs one of secret_file, secret_variable, and not several"),
        ("[[webhooks]]\nurl = 'ftp://hunter2'\nsecret_file = 'secret'", ":2: webhooks[1].url: expected an address"),
        (f"{WEBHOOK}secret_file = 'short'", ":3: webhooks[1].secret_file: its secret is shorter than 16 bytes"),
        (f"{WEBHOOK}secret_file = 'none'", ":3: webhooks[1].secret_file: the secret file cannot be read"),
        (f"{WEBHOOK}secret_variable = 'X'", ":3: webhooks[1].secret_variable: X in the environment: is not set"),
        (f"{WEBHOOK}secret_variable = 'BAD'", ":3: webhooks[1].secret_variable: BAD in the environment: what stands"),
        (f"{WEBHOOK}secret_variable = 'a b'", ":3: webhooks[1].secret_variable: expected the name of a variable"),
        (
            f"{WEBHOOK}events = ['opened']",
            ":3: webhooks[1].events[1]: expected one of open, escalation, change, close;",
        ),
        (f"{WEBHOOK}severities = []", ":3: webhooks[1].severities: is an empty list: leave it out"),
        (f"{WEBHOOK}secret = 'x'", ":3: webhooks[1].secret: unknown key; did you mean"),
        ("[[notify]]\nname = 'x'", ":1: notify[1]: needs one of url, url_file, url_variable, and not several"),
        (f"{MESSAGE}url_file = 'slack'", ":1: notify[1]: needs one of url, url_file, url_variable, and not"),
        ("[[notify]]\nurl = 'hunter2'", ":2: notify[1].url: expected an address of Apprise, such as"),
        ("[[notify]]\nurl_file = 'short'", ":2: notify[1].url_file: expected an address of Apprise, such as"),
        (f"{MESSAGE}name = ''", ":3: notify[1].name: expected a name of at most 60 characters"),
        (MESSAGE * 2, ":3: notify[2]: there is a receiver slack already: give each a name of its own"),
        ("[notify]\nurl = 'slack://a'", ":1: notify: expected [[notify]], one block for each"),
        ("base_url = 'golden.example.org'", ":1: base_url: expected an address such as"),
    ],
)
def test_what_is_wrong_is_a_line_with_file_line_key_and_remedy(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(ConfigError) as refused:
        loaded(tmp_path, text, {"BAD": "whsec_hunter2!"})
    assert any(line.startswith(f"{tmp_path}/golden.toml{problem}") for line in refused.value.problems), refused.value
    assert "hunter2" not in str(refused.value)


def test_receivers_are_bounded(tmp_path: Path) -> None:
    many = "".join(f"[[notify]]\nname = 'n{number}'\nurl = 'slack://a'\n" for number in range(21))
    with pytest.raises(ConfigError, match="there are more than 20 receivers"):
        loaded(tmp_path, many)
