"""[triage]: how long acknowledgements hold."""

from pathlib import Path

import pytest

from dashboard.config.attention_tables import AskAgain
from dashboard.config.configuration import Config, load
from dashboard.exceptions import ConfigError


def read(tmp_path: Path, text: str) -> Config:
    file = tmp_path / "golden.toml"
    file.write_text(text, encoding="utf-8")
    return load(file, {})


def test_an_acknowledgement_holds_four_hours_of_pages_and_a_day_else(tmp_path: Path) -> None:
    assert read(tmp_path, "").ask_again == AskAgain(4 * 3600, 24 * 3600)
    assert read(tmp_path, '[triage]\nask_again_pages = "90m"').ask_again == AskAgain(5400, 24 * 3600)
    assert read(tmp_path, '[triage]\nask_again = "3d"').ask_again == AskAgain(4 * 3600, 3 * 86400)


def test_what_is_wrong_names_file_line_and_key(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"golden.toml:2: triage.ask_agian"):
        read(tmp_path, '[triage]\nask_agian = "4h"')
    with pytest.raises(ConfigError, match=r"golden.toml:2: triage.ask_again"):
        read(tmp_path, "[triage]\nask_again = 4")
