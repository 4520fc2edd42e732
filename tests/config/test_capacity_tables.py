"""[[planned_events]] and [prices]: values with their units, and each mistake with its place."""

from pathlib import Path

import pytest

from dashboard.config.configuration import load
from dashboard.exceptions import ConfigError

RIGHT = """
time_zone = "Europe/Berlin"
[[planned_events]]
name = "winter sale"
from = 2026-12-12T00:00:00
to = 2026-12-13T00:00:00Z
traffic = 1.3
services = ["shop"]
[prices]
currency = "€"
core = 20
memory_gib = 3.2
gpu = 600
"""


def test_events_and_prices_are_read(tmp_path: Path) -> None:
    file = tmp_path / "gs.toml"
    file.write_text(RIGHT, encoding="utf-8")
    config = load(file, {})
    (event,) = config.planned_events
    assert (event.name, event.factor, event.services) == ("winter sale", 1.3, ("shop",))
    # Midnight in Berlin is an hour before that of UTC.
    assert event.end - event.start == 25 * 3600
    assert config.prices.of("cpu", "cores", 2.0) == 40.0
    assert config.prices.of("gpu", "GPUs", 2.0) == 1200.0
    assert config.prices.currency == "€"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("[[planned_events]]\nname = 'sale'", "planned_events[1].from: missing"),
        ("[[planned_events]]\nname = 'a'\nfrom = 2026-12-13T00:00:00\nto = 2026-12-12T00:00:00\ntraffic = 2",
         "lies before from"),
        ("[[planned_events]]\nname = 'a'\nfrom = 'soon'\nto = 2026-12-12T00:00:00\ntraffic = -1", "expected a time"),
        ("[prices]\ncore = 20", "prices.currency: missing"),
        ("[prices]\ncurrency = '€'\ncores = 20", "did you mean core?"),
    ],
)  # fmt: skip
def test_each_mistake_is_named_with_its_place(tmp_path: Path, wrong: str, said: str) -> None:
    file = tmp_path / "gs.toml"
    file.write_text(wrong, encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        load(file, {})
    assert said in str(refused.value)
