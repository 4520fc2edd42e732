"""One mistake in the configuration is one line: nothing is reported that is wrong only because of it."""

from pathlib import Path

import pytest

from dashboard.config.configuration import load
from dashboard.exceptions import ConfigError

FILE = """
[source]
url = "http://127.0.0.1:9"
[[services]]
name = "checkout"
preset = "mine"
[[presets]]
name = "mine"
services = ["app"]
requests = "http_requests_total"
[[policies]]
name = "fast"
rows = [{ severity = "page", long = "1h", share = 0.02 }]
[state]
url = "postgresql://user@127.0.0.1:9/state"
password_file = "password"
[[tokens]]
name = "ci"
scopes = ["changes"]
sha256 = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
[[webhooks]]
name = "hook"
url = "https://automation.example.org/golden"
secret_variable = "HOOK"
[review]
send = "weekly"
receivers = ["hook"]
[policy]
freeze_features = 0.3
careful = 0.6
[[steady_states]]
name = "calm"
services = ["checkout"]
limits = ["error_ratio<=0.01"]
[prices]
currency = "EUR"
"""


def problems(folder: Path, text: str) -> list[str]:
    (folder / "password").write_text("secret")
    (folder / "golden.toml").write_text(text)
    try:
        load(folder / "golden.toml", {"HOOK": "0123456789abcdef"})
    except ConfigError as error:
        return str(error).splitlines()
    return []


def test_without_a_mistake_nothing_is_said(tmp_path: Path) -> None:
    assert problems(tmp_path, FILE) == []


@pytest.mark.parametrize(
    ("written", "mistaken", "key"),
    [
        ('"HOOK"', '"UNSET"', "webhooks[1].secret_variable"),
        ('name = "hook"', "name = 7", "webhooks[1].name"),
        ("[[webhooks]]", "[[webhook]]", "webhook"),
        ("[[webhooks]]", "[webhooks]", "webhooks"),
        ("secret_variable =", "secret_variabel =", "webhooks[1].secret_variabel"),
        ('send = "weekly"', 'send = "daily"', "review.send"),
        ('send = "weekly"', 'sent = "weekly"', "review.sent"),
        ('name = "mine"', "name = 7", "presets[1].name"),
        ("[[presets]]", "[presets]", "presets"),
        ("rows =", "row =", "policies[1].row"),
        ('url = "postgresql:', 'url = "nonsense:', "state.url"),
        ("sha256 =", "sha265 =", "tokens[1].sha265"),
        ("careful = 0.6", "careful = 60", "policy.careful"),
        ('services = ["checkout"]', 'services = "checkout"', "steady_states[1].services"),
        ("currency =", "curency =", "prices.curency"),
        ("[source]\nurl =", "[source]\nurll =", "source.urll"),
    ],
)
def test_one_mistake_is_one_line(written: str, mistaken: str, key: str, tmp_path: Path) -> None:
    assert FILE.count(written) == 1
    (problem,) = problems(tmp_path, FILE.replace(written, mistaken))
    assert f": {key}: " in problem


def test_two_mistakes_are_two_lines(tmp_path: Path) -> None:
    text = FILE.replace('send = "weekly"', 'send = "daily"').replace('currency = "EUR"', "")
    assert [problem.split(": ")[1] for problem in problems(tmp_path, text)] == ["review.send", "prices.currency"]
    assert "there is no receiver hok; did you mean hook?" in problems(tmp_path, FILE.replace('["hook"]', '["hok"]'))[0]
