"""The time zone of a viewer: from the address, of known names only, and one snapshot for all viewers of a zone."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
import streamlit as st

from dashboard.engine.snapshot import Snapshot
from dashboard.engine.source_status import SourceState, SourceStatus
from dashboard.ui import zones
from dashboard.ui.shared_cache import SharedCache


def snapshot(zone: str = "Europe/Berlin") -> Snapshot:
    return Snapshot(at=100.0, source=SourceStatus("demo", "here", SourceState.OK), time_zone=zone)


@pytest.fixture
def viewer(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """A viewer whose address and browser tests set."""
    viewer = SimpleNamespace(query_params={}, context=SimpleNamespace(timezone="Asia/Tokyo"))
    monkeypatch.setattr(zones, "get_script_run_ctx", lambda **_: viewer)
    monkeypatch.setattr(st, "query_params", viewer.query_params)
    monkeypatch.setattr(st, "context", viewer.context)
    yield viewer
    zones._by_zone.clear()


@pytest.mark.parametrize(
    ("wanted", "browser", "zone"),
    [
        ("", "Asia/Tokyo", "Europe/Berlin"),
        ("utc", "Asia/Tokyo", "UTC"),
        ("browser", "Asia/Tokyo", "Asia/Tokyo"),
        ("browser", "Europe/Berlin", "Europe/Berlin"),
        ("browser", None, "Europe/Berlin"),
        ("browser", "Mars/Olympus", "Europe/Berlin"),
        ("browser", "../../etc/passwd", "Europe/Berlin"),
        ("browser", "x" * 100_000, "Europe/Berlin"),
        ("Asia/Tokyo", "Asia/Tokyo", "Europe/Berlin"),
    ],
)
def test_moments_are_told_in_the_zone_of_the_address_if_it_is_known(
    viewer: SimpleNamespace, wanted: str, browser: str | None, zone: str
) -> None:
    viewer.query_params["tz"], viewer.context.timezone = wanted, browser
    assert zones.in_viewer_zone(snapshot()).time_zone == zone


@pytest.mark.parametrize(
    ("wanted", "browser", "problem"),
    [
        ("", "Asia/Tokyo", None),
        ("utc", "Asia/Tokyo", None),
        ("browser", "Asia/Tokyo", None),
        ("browser", "", "the address says tz='browser', but this browser reports no known time zone"),
        (
            "CET",
            "",
            "the address says tz='CET': it may be utc or browser; without it times are those of the configured zone",
        ),
    ],
)
def test_a_zone_that_there_is_not_is_said(
    viewer: SimpleNamespace, wanted: str, browser: str, problem: str | None
) -> None:
    viewer.query_params["tz"], viewer.context.timezone = wanted, browser
    assert zones.problem() == problem


def test_viewers_of_a_zone_share_one_snapshot_until_the_next_one_comes(viewer: SimpleNamespace) -> None:
    first, second = snapshot(), snapshot()
    assert zones.in_viewer_zone(first) is first
    viewer.query_params["tz"] = "utc"
    words = zones.in_viewer_zone(first)
    assert zones.in_viewer_zone(first) is words
    assert zones.in_viewer_zone(second) is not words


def test_whoever_asks_for_many_zones_does_not_fill_the_memory(viewer: SimpleNamespace) -> None:
    viewer.query_params["tz"] = "browser"
    for hours in range(-11, 13):
        for area in ("Etc/GMT", "Etc/GMT"):
            viewer.context.timezone = f"{area}{hours:+d}"
            zones.in_viewer_zone(snapshot())
    for zone in ("Asia/Tokyo", "America/Lima", "Africa/Cairo", "Asia/Dubai", "Asia/Seoul", "Asia/Riyadh", "Asia/Yangon",
                 "Europe/Rome", "Europe/Oslo", "Europe/Kyiv"):  # fmt: skip
        viewer.context.timezone = zone
        zones.in_viewer_zone(snapshot())
    assert len(zones._by_zone) == zones.KEPT


def test_what_is_shared_is_shared_by_zone(viewer: SimpleNamespace) -> None:
    cache, data = SharedCache[str](), object()
    assert cache.of("a", data, lambda: "12:00") == "12:00"
    viewer.query_params["tz"] = "utc"
    assert cache.of("a", data, lambda: "10:00") == "10:00"
    viewer.query_params["tz"] = ""
    assert cache.of("a", data, lambda: "built again") == "12:00"
