"""The tables [anomalies.SIGNAL]: what is chosen, what is the default, and one line for what is wrong."""

from pathlib import Path

import pytest

from dashboard.anomaly.anomalies import Signal
from dashboard.anomaly.detectors import DEFAULTS, DetectorSetting
from dashboard.config.configuration import Config, load
from dashboard.exceptions import ConfigError


def loaded(folder: Path, text: str) -> Config:
    path = folder / "golden.toml"
    path.write_text(text, encoding="utf-8")
    return load(path, {})


def test_without_a_table_every_signal_has_its_default(tmp_path: Path) -> None:
    assert loaded(tmp_path, 'title = "Shop"').detectors == DEFAULTS


def test_what_is_chosen_for_a_signal_changes_no_other(tmp_path: Path) -> None:
    detectors = loaded(
        tmp_path, '[anomalies.traffic]\ndetector = "poisson"\n[anomalies.errors]\nlevel = 1e-7'
    ).detectors
    assert detectors[Signal.TRAFFIC] == DetectorSetting("poisson", DEFAULTS[Signal.TRAFFIC].level)
    assert detectors[Signal.ERRORS] == DetectorSetting("beta-binomial", 1e-7)
    assert detectors[Signal.LATENCY] == DEFAULTS[Signal.LATENCY]


@pytest.mark.parametrize("signal", list(DEFAULTS))
def test_every_signal_can_be_off(tmp_path: Path, signal: Signal) -> None:
    assert loaded(tmp_path, f'[anomalies.{signal}]\ndetector = "off"').detectors[signal].detector == "off"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("anomalies = 5", "1: anomalies: expected tables such as [anomalies.latency]"),
        ("[anomalies.latencies]", "1: anomalies.latencies: is no signal with a detector; did you mean latency?"),
        ("[anomalies]\nerrors = 3", "2: anomalies.errors: expected a table [anomalies.errors]"),
        ("[anomalies.latency]\nlevle = 1e-4", "2: anomalies.latency.levle: unknown key; did you mean level?"),
        (
            '[anomalies.errors]\ndetector = "poisson"',
            "2: anomalies.errors.detector: there is no such detector of errors: "
            "expected one of beta-binomial, binomial, off",
        ),
        (
            "[anomalies.errors]\ndetector = 5",
            '2: anomalies.errors.detector: expected text in quotes, such as "Production"',
        ),
        (
            "[anomalies.traffic]\n\nlevel = 0.05",
            "3: anomalies.traffic.level: expected a probability between 1e-100 and 0.01, such as 1e-4",
        ),
        (
            "[anomalies.latency]\nlevel = 1e-101",
            "2: anomalies.latency.level: expected a probability between 1e-100 and 0.01, such as 1e-4",
        ),
        ("[anomalies.traffic]\nlevel = 0", "2: anomalies.traffic.level: expected a number above 0"),
        ("[anomalies.traffic]\nlevel = -1e-4", "2: anomalies.traffic.level: expected a number above 0"),
        ("[anomalies.traffic]\nlevel = nan", "2: anomalies.traffic.level: expected a number above 0"),
        ('[anomalies.traffic]\nlevel = "low"', "2: anomalies.traffic.level: expected a number above 0"),
        (
            "[anomalies.saturation]\nlevel = 1e-4",
            "1: anomalies.saturation: is no signal with a detector; known are errors, latency, traffic",
        ),
    ],
)
def test_what_is_wrong_is_one_line_with_file_line_and_key(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, text)
    assert caught.value.problems == (f"{tmp_path}/golden.toml:{problem}",)
