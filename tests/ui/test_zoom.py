"""What a browser sends when charts are zoomed, and what the address makes of it."""

import pytest
import streamlit as st

from dashboard.ui import zoom
from dashboard.ui.text.address import between

EVENING = 1_795_975_200_000


class Query(dict[str, str]):
    """The part of Streamlit's query parameters that is used."""

    def get_all(self, name: str) -> list[str]:
        return [self[name]]

    def from_dict(self, values: dict[str, list[str]]) -> None:
        self.clear()
        self.update({name: texts[-1] for name, texts in values.items()})


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    query = Query({"service": "checkout", "from": "now-1h", "to": "now"})
    monkeypatch.setattr(st, "query_params", query)
    return query


def test_a_zoom_goes_into_the_address_as_moments_that_a_link_understands(address: dict[str, str]) -> None:
    zoom.put_into_address([EVENING, EVENING + 90_000])
    assert address == {"service": "checkout", "from": "2026-11-29T18:00Z", "to": "2026-11-29T18:01:30Z"}
    shown = between(address["from"], address["to"], now=EVENING / 1000 + 600)
    assert (shown.span, shown.end) == (90, EVENING / 1000 + 90)


@pytest.mark.parametrize("sent", ["none", None, [], [EVENING], [EVENING, "now"], [EVENING, 1e300], [-1, EVENING], {}])
def test_whatever_is_no_range_clears_the_zoom(address: dict[str, str], sent: object) -> None:
    zoom.put_into_address(sent)
    assert address == {"service": "checkout"}


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "1970-01-01T00:00Z"), (59.6, "1970-01-01T00:01Z"), (61, "1970-01-01T00:01:01Z")]
)
def test_a_moment_in_an_address_is_to_the_second(seconds: float, text: str) -> None:
    assert zoom.iso(seconds) == text
