"""[review]: which reviews are sent by themselves, and to whom; none by default."""

from pathlib import Path

import pytest

from dashboard.config.configuration import Config, load
from dashboard.config.review_tables import ReviewSettings
from dashboard.exceptions import ConfigError
from dashboard.slo.windows import Unit

WEBHOOK = '[[webhooks]]\nname = "automation"\nurl = "https://a.example.org"\nsecret_variable = "SECRET"\n'
ENVIRONMENT = {"SECRET": "0123456789abcdef0123"}


def read(tmp_path: Path, text: str) -> Config:
    file = tmp_path / "golden.toml"
    file.write_text(WEBHOOK + text, encoding="utf-8")
    return load(file, ENVIRONMENT)


def test_nothing_is_sent_unless_it_is_asked_for(tmp_path: Path) -> None:
    assert read(tmp_path, "").review_settings == ReviewSettings()
    assert read(tmp_path, '[review]\nsend = "weekly"').review_settings == ReviewSettings(Unit.WEEK)
    monthly = '[review]\nsend = "monthly"\nreceivers = ["automation"]'
    assert read(tmp_path, monthly).review_settings == ReviewSettings(Unit.MONTH, ("automation",))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('send = "daily"', r"golden.toml:6: review.send: expected one of weekly, monthly"),
        ('send = "weekly"\nreceivers = ["automaton"]', r"golden.toml:7: review.receivers: .*automaton.*automation"),
        ('receivers = ["automation"]', r"golden.toml:6: review.receivers: nothing is sent"),
        ('sent = "weekly"', r"golden.toml:6: review.sent: unknown key.*send"),
    ],
)
def test_what_is_wrong_names_file_line_and_key(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        read(tmp_path, f"[review]\n{text}")


def test_somebody_must_be_there_to_get_it(tmp_path: Path) -> None:
    file = tmp_path / "golden.toml"
    file.write_text('[review]\nsend = "weekly"', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"golden.toml:2: review.send: there is nobody to send it to"):
        load(file, {})


def test_hours_of_toil_are_looked_at_before_anything_is_served(tmp_path: Path) -> None:
    file = tmp_path / "toil.csv"
    file.write_text("day,service,toil_hours,hours\n2026-10-05,checkout,3,8\n", encoding="utf-8")
    assert read(tmp_path, '[review]\ntoil = "toil.csv"').review_settings == ReviewSettings(toil_file=file)
    file.write_text("day,service,toil_hours,hours\n2026-10-05,checkout,9,8\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"golden.toml:6: review.toil: .*toil.csv: line 2: of 8 hours 9"):
        read(tmp_path, '[review]\ntoil = "toil.csv"')
    with pytest.raises(ConfigError, match=r"golden.toml:6: review.toil: .*nowhere.csv: No such file"):
        read(tmp_path, '[review]\ntoil = "nowhere.csv"')
