"""What can be done on every page: each act has a name, its key and a place for the keyboard."""

import re

import pytest

from dashboard.ui.panels.toolbar import toolbar


def test_each_act_has_a_name_and_its_key() -> None:
    html = toolbar("UTC", "Asia/Tokyo", "", paused=False)
    acts = re.findall(r'<button type="button" class="[^"]*" data-act="(\w+)" [^>]*aria-label="([^"]+)" aria-keyshortcuts="(.)">', html)  # fmt: skip # noqa: E501
    assert acts == [
        ("search", "Search for a service", "/"),
        ("pause", "Pause the refresh", "p"),
        ("copy", "Copy the link to this page", "l"),
        ("help", "Keys", "?"),
    ]
    assert 'aria-label="Resume the refresh"' in toolbar("UTC", "", "", paused=True)


@pytest.mark.parametrize(
    ("configured", "browser", "wanted", "options"),
    [
        ("UTC", "Asia/Tokyo", "", [("", " selected", "UTC"), ("browser", "", "Asia/Tokyo (browser)")]),
        ("Europe/Berlin", "Asia/Tokyo", "utc",
         [("", "", "Europe/Berlin"), ("utc", " selected", "UTC"), ("browser", "", "Asia/Tokyo (browser)")]),
        ("UTC", "", "browser", [("", "", "UTC"), ("browser", " selected", "Browser")]),
        ("UTC", "<b>", "", [("", " selected", "UTC"), ("browser", "", "&lt;b&gt; (browser)")]),
    ],
)  # fmt: skip
def test_the_zones_are_the_configured_one_utc_and_the_browsers(
    configured: str, browser: str, wanted: str, options: list[tuple[str, str, str]]
) -> None:
    html = toolbar(configured, browser, wanted, paused=False)
    assert re.findall(r'<option value="(\w*)"( selected|)>([^<]*)</option>', html) == options
