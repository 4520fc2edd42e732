"""The page of a review as Streamlit runs it: a month, what is not known, notes, and a sign-off that freezes it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.engine import running_poller
from dashboard.engine.poller import Poller
from dashboard.engine.reviews.reviews import ReviewWindow
from dashboard.engine.settings import Settings
from dashboard.engine.source_status import SourceState
from dashboard.engine.viewers.viewer_queue import Viewer
from dashboard.review.period import Period
from dashboard.review.review import Review, Verdict
from dashboard.state import reviews, running
from dashboard.state.opening import open_store
from dashboard.state.spec import MEMORY, StateSpec
from dashboard.state.tables import REVIEW_NOTES, SIGN_OFFS
from dashboard.ui.review import review_people, review_view
from dashboard.web.review import review_api
from dashboard.web.review.review_api import ReviewApi
from tests.review import samples
from tests.steady import Clock, Steady
from tests.ui.test_pages import opened, text
from tests.web.test_routes import ask

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC).timestamp()


class Shown:
    """Reviews that a test has made, and what the page has drawn of them."""

    def __init__(self) -> None:
        self.review: Review | None = samples.review()
        self.retry_s: float | None = None
        self.error: str | None = None
        self.is_whole = True
        self.asked: list[str] = []
        self.drawn: list[str] = []

    def fetch(self, period: Period, viewer: Viewer | None = None, *, wait_s: float = 0.0) -> ReviewWindow:
        self.asked.append(period.name)
        made = None if self.review is None else replace(self.review, period=period)
        return ReviewWindow(period, made, self.error, self.retry_s, self.is_whole)


@pytest.fixture(scope="module")
def shop() -> Iterator[Poller]:
    standing = Clock(NOW)
    poller = Poller(Steady(standing, ("checkout", "search", "payments")), Settings(title="Shop"), clock=standing)
    poller.tick()
    yield poller
    poller.stop()


@pytest.fixture
def shown(shop: Poller, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shown]:
    """A page that shows the October of the shop, and a state in memory."""
    made = Shown()
    monkeypatch.setattr(shop.viewers, "reviews", made)
    # What travels to a browser is zipped: here it is looked at.
    monkeypatch.setattr(review_view, "view", lambda message, key: made.drawn.append(message.decode()))
    monkeypatch.setattr(review_view, "packed", lambda html: html.encode())
    running_poller.use(shop)
    store = open_store(StateSpec(MEMORY))
    running.use(store)
    review_people._copies.clear()
    ReviewApi(shop)
    yield made
    running_poller.use(None)
    running.use(None)
    store.close()


def plain(test: AppTest) -> str:
    return text(test).replace("\u00a0", " ")


def test_without_an_address_it_is_the_month_that_ended_last(shown: Shown) -> None:
    test = opened("review")
    assert shown.asked[0] == "2026-10"
    assert "<h1>October 2026</h1>" in text(test)
    assert "<b>1</b> missed" in text(test)
    assert 'data-tab="' in text(test)
    assert "October 2026 · Review · Golden signals" in text(test)
    assert "What the budget was spent on" in shown.drawn[-1]
    assert 'href="service?service=checkout"' in shown.drawn[-1]
    for form in ("html", "slides", "md", "csv", "json"):
        assert f"api/v1/review?period=2026-10&amp;format={form}" in text(test)


@pytest.mark.parametrize("period", ["2026-W41", "2026-10-02..2026-10-14"])
def test_any_period_stands_in_the_address(shown: Shown, period: str) -> None:
    opened("review", period=period)
    assert set(shown.asked) == {period}


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"period": "October"}, '"October" is no period: write 2026-10'),
        ({"period": "1850"}, "lies too far away: a review is of a year from 2000 to 2028"),
        ({"period": "2020-01-01..2026-01-01"}, "is too long: a review is of at most 400 days"),
        ({"period": "9" * 9000}, "is no period"),
        ({"service": "chekout"}, "No service is called &#x27;chekout&#x27;; did you mean checkout?"),
        ({"team": "<b>"}, "No team is called &#x27;&lt;b&gt;&#x27;"),
    ],
)
def test_an_address_that_makes_no_sense_is_said_and_all_is_shown(
    shown: Shown, query: dict[str, str], sentence: str
) -> None:
    said = text(opened("review", **query))
    assert sentence in said.replace("&quot;", '"')
    assert "October 2026" in said


def test_a_month_that_goes_on_is_one_so_far_and_one_ahead_says_that(shown: Shown) -> None:
    assert "<h1>November 2026 so far</h1>" in text(opened("review", period="2026-11"))
    assert "This period has not begun yet" in text(opened("review", period="2026-12"))


def test_a_service_and_a_team_are_shown_alone(shown: Shown) -> None:
    assert shown.review is not None
    shown.review = replace(shown.review, teams={"checkout": "shop", "search": "web", "payments": "shop"})
    opened("review", service="search")
    assert "checkout" not in shown.drawn[-1]
    assert 'href="service?service=search"' in shown.drawn[-1]


def test_while_it_is_worked_out_the_page_says_so_and_comes_again(shown: Shown) -> None:
    shown.review, shown.retry_s = None, 4.0
    test = opened("review", period="2026-10")
    assert "The review of October 2026 is being worked out" in text(test)
    assert test.session_state["waiting_pace"] == 4
    shown.review, shown.retry_s = samples.review(), None
    test.run()
    assert "waiting_pace" not in test.session_state
    assert "What the budget was spent on" in shown.drawn[-1]


def test_what_is_known_is_shown_while_the_periods_before_it_are_read(
    shown: Shown, shop: Poller, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown.is_whole = False
    test = opened("review", period="2026-10", edit="sign")
    assert "the periods before it are still being read" in text(test)
    assert test.session_state["waiting_pace"] == 4
    assert shown.drawn
    # Nothing that changes in a moment is signed or taken along.
    assert "The review is still being worked out" in text(test)
    monkeypatch.setattr(review_api, "WAIT_S", 0.0)
    assert ask(shop, "/api/v1/review?period=2026-10").status_code == 503


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (SourceState.STARTING, "Objectives are evaluated as soon as the source has answered."),
        (SourceState.DOWN, "No objective is known: nothing could be read from memory."),
        (SourceState.OK, "No objective is defined, and no service was found that counts requests"),
    ],
)
def test_without_objectives_the_page_says_why(
    shown: Shown, shop: Poller, monkeypatch: pytest.MonkeyPatch, state: SourceState, sentence: str
) -> None:
    nothing = replace(
        shop.snapshot, slos=(), services=(), by_name={}, source=replace(shop.snapshot.source, state=state)
    )
    monkeypatch.setattr(shop, "snapshot", nothing)
    assert shown.review is not None
    shown.review = samples.review(objectives=()) if state is SourceState.OK else None
    test = opened("review")
    assert sentence in text(test)
    # Nothing is known of any month: it is the one that goes on.
    assert "November 2026 so far" in text(test)
    assert "Write a note" not in text(test)


def test_an_error_is_said_beside_what_is_known(shown: Shown) -> None:
    shown.error = "the state cannot be read: disk full"
    assert "the state cannot be read: disk full" in text(opened("review"))
    assert shown.drawn


def test_a_form_that_opens_below_the_window_is_scrolled_to(shown: Shown) -> None:
    drawn = " ".join(str(each.proto.body) for each in opened("review", period="2026-10").get("html"))
    for edit in ("notes", "sign"):
        assert f'data-shows=".st-key-card_review_{edit} ' in drawn
        # The selector looks for its button.
        assert opened("review", period="2026-10", edit=edit).button, edit


def written_note(test: AppTest, words: str) -> None:
    test.text_area[0].set_value(words)
    button = next(each for each in test.button if each.label == "Save")
    button.click().run()
    assert not test.exception, test.exception


def test_a_note_is_kept_by_period_and_service(shown: Shown) -> None:
    test = opened("review", period="2026-10", edit="notes")
    written_note(test, "A month of one deploy.\nTwo regions next.")
    (row,) = running.reviews().read().rows(REVIEW_NOTES)
    assert (row["subject"], row["service"]) == ("2026-10", "")
    assert "A month of one deploy.\nTwo regions next." in shown.drawn[-1]
    assert "edit" not in test.query_params
    # What is written for one service is on its page, and of another period nothing is there.
    test = opened("review", period="2026-10", service="search", edit="notes")
    written_note(test, "<b>memory</b>")
    assert "&lt;b&gt;memory&lt;/b&gt;" in shown.drawn[-1]
    opened("review", period="2026-09")
    assert "Two regions next." not in shown.drawn[-1]


def sign(test: AppTest, name: str, remarks: str = "") -> None:
    next(each for each in test.text_input if each.label == "Your name").set_value(name)
    test.text_area[0].set_value(remarks)
    next(each for each in test.button if each.label == "Sign off").click().run()
    assert not test.exception, test.exception


def test_what_is_signed_off_is_frozen_even_when_the_data_are_gone(
    shown: Shown, shop: Poller, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = opened("review", period="2026-10", edit="sign")
    sign(test, "")
    assert "Say who signs it." in text(test)
    sign(test, "Mona", "Agreed.")
    (row,) = running.reviews().read().rows(SIGN_OFFS)
    assert (row["person"], row["remarks"], row["scope"]) == ("Mona", "Agreed.", "")
    assert "Signed off by <b><bdi>Mona</bdi></b>" in shown.drawn[-1]
    assert "<h2>Since it was signed off, 2 Nov 2026, 09:00 UTC</h2>" in plain(test)
    assert "Nothing differs from what is known now." in text(test)
    # Nothing can be written any more.
    assert "Sign off</a>" not in text(test)
    # Other numbers are told beside it, and it stays what it was.
    first, *others = samples.objectives()
    shown.review = samples.review(objectives=(replace(first, spent=1.2, verdict=Verdict.MISSED), *others))
    test = opened("review", period="2026-10")
    assert "checkout, checkout-availability: 120 % of the budget used, where it was 140 %." in plain(test)
    assert ">140\u00a0%" in shown.drawn[-1]
    # And when nothing is known any more, it is all there, in every form.
    shown.review, shown.retry_s = None, 3.0
    test = opened("review", period="2026-10")
    assert "Signed off by <b><bdi>Mona</bdi></b>" in shown.drawn[-1]
    answers: dict[str, Any] = {
        form: ask(shop, f"/api/v1/review?period=2026-10&format={form}")
        for form in ("json", "csv", "md", "html", "slides")
    }
    assert {answer.status_code for answer in answers.values()} == {200}
    assert answers["json"].json()["sign_off"]["name"] == "Mona"
    assert answers["json"].json()["objectives"][0]["spent"] == pytest.approx(1.4)
    assert "Mona" in answers["md"].text
    assert answers["html"].headers["content-disposition"] == 'inline; filename="review-2026-10.html"'
    assert "checkout-availability" in answers["csv"].text
    monkeypatch.setattr(review_api, "WAIT_S", 0.0)
    # As it is known now, where somebody asks for that.
    assert ask(shop, "/api/v1/review?period=2026-10&now=1").status_code == 503


def test_who_signs_second_is_told(shown: Shown) -> None:
    test = opened("review", period="2026-10", edit="sign")
    signed = reviews.StoredSignOff(period="2026-10", scope="", person="Paul", at=NOW)
    running.current()
    reviews.sign(running.current(), signed, {"html": '<main class="rv">kept</main>', "json": "{}"})
    sign(test, "Mona")
    assert "Somebody has signed it off meanwhile" in text(test)
    opened("review", period="2026-10")
    assert shown.drawn[-1] == "kept"


def test_a_period_that_goes_on_is_not_signed(shown: Shown) -> None:
    said = plain(opened("review", period="2026-11", edit="sign"))
    assert "The period is not over: its review can be signed off from 1 Dec on." in said


def test_programs_get_the_same_review(shown: Shown, shop: Poller) -> None:
    shown.review = samples.review(teams={"checkout": "shop"})
    answer = ask(shop, "/api/v1/review?period=2026-10&team=shop")
    assert answer.headers["content-type"] == "application/json"
    assert [each["slo"] for each in json.loads(answer.text)["objectives"]] == ["checkout-availability"]


@pytest.mark.parametrize(
    ("query", "status", "sentence"),
    [
        ("", 400, "say which period: period=2026-10"),
        ("period=x", 400, "is no period: write"),
        ("period=2026-12", 400, "has not begun yet"),
        ("period=2026-10&format=pdf", 400, "it may be json, csv, md, html, slides"),
        ("period=2026-10&servce=x", 400, "nothing reads 'servce'"),
        ("period=2026-10&service=chekout", 404, "no service with an objective is called 'chekout'"),
        ("period=2026-10&team=x", 404, "no team is called 'x'"),
    ],
)
def test_what_makes_no_sense_is_refused(shown: Shown, shop: Poller, query: str, status: int, sentence: str) -> None:
    answer = ask(shop, f"/api/v1/review?{query}")
    assert answer.status_code == status
    assert sentence in answer.json()["error"]


def test_a_review_that_is_still_worked_out_is_to_be_asked_for_again(
    shown: Shown, shop: Poller, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown.review, shown.retry_s = None, 7.0
    monkeypatch.setattr(review_api, "WAIT_S", 0.0)
    answer = ask(shop, "/api/v1/review?period=2026-10")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "7")


def test_without_a_state_the_review_is_shown_and_notes_are_said_to_be_unknown(shown: Shown) -> None:
    running.use(None)
    said = text(opened("review"))
    assert "Notes and sign-offs cannot be shown: no state is open" in said
    assert "What the budget was spent on" in shown.drawn[-1]
