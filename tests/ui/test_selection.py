"""What the address holds: ranges between two moments, and services that nobody has."""

from datetime import UTC, datetime

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.engine.source_status import SourceState, SourceStatus
from dashboard.timerange import DAY
from dashboard.ui import selection

NOW = 1_760_000_000.0  # Thu 9 Oct 2025, 08:53:20 UTC


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def chosen() -> None:
    """A page of its own: what was selected, as it is."""
    import streamlit as st

    from dashboard.ui import selection

    st.text(repr(selection.selected({"shop": "shop", "auth": "auth"}, time_zone="UTC", now=1_760_000_000.0)))


def page(**query: str) -> AppTest:
    test = AppTest.from_function(chosen)
    for name, value in query.items():
        test.query_params[name] = value
    test.run()
    assert not test.exception
    return test


def opened(**query: str) -> str:
    return str(page(**query).text[0].value)


def test_the_most_urgent_service_is_shown_where_the_address_names_none() -> None:
    nothing = "compare=0, compared='', end=None, behind=0.0, is_range=False, problems=(), nearest=()"
    assert opened() == f"Selection(service='shop', span=3600, {nothing})"


def test_the_address_names_service_span_comparison_and_range() -> None:
    query = {"service": "auth", "span": "6h", "compare": "last week"}
    assert opened(**query).startswith("Selection(service='auth', span=21600, compare=604800, compared='last week'")
    query |= {"from": "2025-10-08T10:00Z", "to": "2025-10-08T12:00Z"}
    assert "span=7200" in opened(**query)
    assert f"end={at('2025-10-08T12:00')}, behind=0.0, is_range=True" in opened(**query)
    assert "is_range=False" in opened(**{**query, "from": "yesterday"}), "which nobody understands"


@pytest.mark.parametrize("name", ["nobody", "<script>", "Shop", " shop", "s" * 10_000])
def test_a_service_that_nobody_has_is_said_and_another_one_shown(name: str) -> None:
    text = opened(service=name)
    assert "no service is called" in text
    assert "shop is shown" in text
    assert len(text) < 400


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ({"span": "9y"}, "the address says span='9y': it may be 15m, 1h, 6h, 24h, 7d, 30d"),
        ({"compare": "tomorrow"}, "the address says compare='tomorrow': it may be nothing, yesterday, last week"),
        ({"span": ""}, "the address says span='': it may be 15m, 1h, 6h, 24h, 7d, 30d"),
    ],
)
def test_a_span_that_is_no_choice_is_said_and_the_usual_one_shown(query: dict[str, str], problem: str) -> None:
    assert "span=3600, compare=0" in opened(**query)
    assert problem in opened(**query)


def test_all_that_is_wrong_in_an_address_is_said_at_once() -> None:
    text = opened(service="sop", span="9y", **{"from": "soon"})
    for problem in (
        "the address says from='soon'",
        "no service is called 'sop': shop is shown",
        "the address says span='9y'",
    ):
        assert problem in text
    assert "nearest=('shop',)" in text


def test_a_range_that_begins_so_long_ago_moves_on_with_the_clock() -> None:
    assert "span=5400, compare=0, compared='', end=None, behind=0.0" in opened(**{"from": "now-90m"})
    assert "span=86400, compare=0, compared='', end=None, behind=86400.0" in opened(
        **{"from": "now-2d", "to": "now-1d"}
    )
    trailing = selection.Selection("shop", 3600, 0, behind=600.0)
    assert not trailing.live
    assert (trailing.ending(1000.0), trailing.ending(2000.0)) == (400.0, 1400.0)


class TestTheAddressIsTheTruth:
    """Widgets write what is chosen into the address, and show what it holds whenever it changes: as by Back."""

    def test_another_span_is_written_and_ends_now(self) -> None:
        test = page(**{"service": "auth", "from": "2025-10-08T10:00Z", "to": "2025-10-08T12:00Z", "tz": "utc"})
        test.segmented_control(key="span").set_value("6h").run()
        assert dict(test.query_params) == {"service": "auth", "tz": "utc", "span": "6h"}
        test.segmented_control(key="span").set_value("1h").run()
        assert "span" not in test.query_params, "the usual one needs no place in the address"

    def test_a_click_on_the_chosen_span_changes_nothing(self) -> None:
        test = page(span="6h")
        test.segmented_control(key="span").set_value(None).run()
        assert "span=21600" in str(test.text[0].value)
        assert test.segmented_control(key="span").value == "6h"

    def test_another_service_is_written_and_ends_now(self) -> None:
        test = page(**{"service": "auth", "span": "6h", "from": "now-3h", "to": "now-2h"})
        test.selectbox(key="service_choice").set_value("shop").run()
        assert dict(test.query_params) == {"service": "shop", "span": "6h"}

    def test_an_address_that_changes_by_itself_changes_the_widgets(self) -> None:
        test = page(service="auth", span="6h", compare="yesterday")
        test.query_params["span"], test.query_params["service"] = "24h", "shop"
        del test.query_params["compare"]
        test.run()
        assert "service='shop', span=86400, compare=0" in str(test.text[0].value)
        assert test.segmented_control(key="span").value == "24h"
        assert test.selectbox(key="service_choice").value == "shop"

    def test_a_service_that_the_page_chose_does_not_jump(self) -> None:
        test = page()
        test.segmented_control(key="span").set_value("6h").run()
        assert "service" not in test.query_params
        assert "service='shop'" in str(test.text[0].value)


@pytest.mark.parametrize(
    ("data_end", "history_s", "span"),
    [
        (None, 30 * DAY, "1h"),
        (NOW, 30 * DAY, "24h"),
        (NOW, None, "24h"),
        (NOW, 600.0, "15m"),
        (NOW, 3 * 3600.0, "6h"),
    ],
    ids=["alive", "a month", "of unknown length", "a load test of ten minutes", "three hours"],
)
def test_a_page_opens_with_the_last_day_of_data_that_have_ended(
    data_end: float | None, history_s: float | None, span: str
) -> None:
    source = SourceStatus("csv", "a.csv", SourceState.STALE, data_end=data_end, history_s=history_s)
    assert selection.opening_span(source) == span
