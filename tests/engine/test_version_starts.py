"""When a version begins: by requests that it had not before, and never by chance or by a service that was away."""

import numpy as np
import pytest

from dashboard import frames
from dashboard.engine.version_starts import MARKED, version_label, version_starts
from dashboard.timerange import Grid

STEP, ROWS = 60, 30
GRID = Grid.ending(1_760_000_040, span=ROWS * STEP, step=STEP)


def at(row: int) -> float:
    """Epoch seconds at which the interval of a row begins."""
    return float(GRID.start + row * STEP - STEP)


def starts(**rates: np.ndarray) -> list[tuple[float, str]]:
    frame = frames.samples({(version, "requests", ""): values for version, values in rates.items()}, GRID)
    return [(start.at, start.version) for start in version_starts(frame, STEP)]


def from_row(row: int, rate: float = 2.0, until: int = ROWS) -> np.ndarray:
    values = np.zeros(ROWS)
    values[row:until] = rate
    return values


def test_a_new_version_begins_with_its_first_requests() -> None:
    assert starts(v1=from_row(0, until=12), v2=from_row(10)) == [(at(10), "v2")]
    gone = from_row(10)
    gone[gone == 0] = np.nan
    assert starts(v1=from_row(0), v2=gone) == [(at(10), "v2")], "what is missing was not there"


def test_a_roll_back_begins_the_former_version_again() -> None:
    bad, good = from_row(10, until=20), from_row(0, until=10) + from_row(20)
    assert starts(good=good, bad=bad) == [(at(10), "bad"), (at(20), "good")]


@pytest.mark.parametrize(
    "rates",
    [
        {"v1": from_row(0)},
        {"v1": from_row(12)},
        {"v1": from_row(12), "v2": from_row(12)},
        {"v1": from_row(0, 0.02), "v2": np.where(np.arange(ROWS) % 9 == 8, 0.02, 0.0)},
        {"v1": from_row(0), "v2": from_row(1)},
        {"v1": from_row(0), "": from_row(10)},
        {},
    ],
    ids=["always", "service was away", "both were away", "rare requests", "one row", "without a version", "nothing"],
)
def test_what_may_have_been_there_before_does_not_begin(rates: dict[str, np.ndarray]) -> None:
    assert starts(**rates) == []


def test_the_newest_are_marked() -> None:
    rates = {f"v{place}": from_row(3 * place, until=3 * place + 3) for place in range(9)}
    marked = starts(**rates)
    assert len(marked) == MARKED
    assert marked[-1] == (at(24), "v8")


@pytest.mark.parametrize(
    ("labels", "label"),
    [
        (("route", "service_version", "version"), "service_version"),
        (("route", "appVersion"), "appVersion"),
        (("destination_version", "response_code"), "destination_version"),
        (("app_kubernetes_io_version",), "app_kubernetes_io_version"),
        (("network_protocol_version", "http_version", "api_version", "client_version", "conversion"), None),
        (("route", "instance"), None),
        ((), None),
    ],
)
def test_the_label_of_a_services_own_version_is_found_by_its_name(labels: tuple[str, ...], label: str | None) -> None:
    assert version_label(labels) == label
