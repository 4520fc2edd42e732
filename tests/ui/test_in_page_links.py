"""Links of a page to itself: what a browser sends is read as an address and nothing else."""

import pytest

from dashboard.ui import in_page_links


@pytest.mark.parametrize(
    ("sent", "parameters"),
    [
        ("objectives?slo=a%26b&all=1", {"slo": "a&b", "all": "1"}),
        ("objectives", {}),
        (None, {}),
        ({"slo": "x"}, {}),
        ("?" + "a" * 10_000_000, {}),
    ],
)
def test_what_a_browser_sends_is_read_as_an_address_and_nothing_else(sent: object, parameters: dict[str, str]) -> None:
    assert in_page_links.parameters(sent) == parameters
