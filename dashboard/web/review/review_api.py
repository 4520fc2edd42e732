"""`GET /api/v1/review`: the review of a period as JSON, CSV, Markdown or one HTML file."""

import json
import time
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from dashboard.engine.poller import Poller
from dashboard.engine.reviews.reviews import ReviewWindow
from dashboard.exceptions import StateError
from dashboard.review.making import narrowed
from dashboard.review.period import Period
from dashboard.review.review import Review
from dashboard.state.reviews import sign_off_id
from dashboard.ui.review import review_people, review_writers
from dashboard.ui.text import address
from dashboard.web.api_query import Refusal, check_names, option
from dashboard.web.review.review_csv import as_csv
from dashboard.web.review.review_json import as_json

PATH: Final = "/api/v1/review"
NAMES: Final = ("period", "service", "team", "format", "now")
TYPES: Final = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "slides": "text/html; charset=utf-8",
}
ENDINGS: Final = {"slides": "slides.html"}
# Seconds to wait for a review that is still being computed, and between looks.
WAIT_S, REST_S = 20.0, 0.2


class ReviewApi:
    """Answers with reviews, off the event loop.

    Args:
        poller: knows the past.
    """

    def __init__(self, poller: Poller) -> None:
        self._poller = poller
        review_writers.use({"csv": as_csv, "json": written_json})

    def answer(self, request: Request) -> Response:
        """The requested review."""
        try:
            return self._answer(request.query_params)
        except Refusal as refusal:
            return refusal.response()
        except StateError as error:
            return Refusal(503, f"the state cannot be read: {error}", retry_s=10).response()

    def _answer(self, asked: Mapping[str, str]) -> Response:
        check_names(asked, NAMES)
        form = option(asked, "format", tuple(TYPES)) or "json"
        period = self._period(asked.get("period", ""))
        chosen = {name: asked[name] for name in ("service", "team") if asked.get(name)}
        body = None if asked.get("now") else self._signed(period, urlencode(chosen), form)
        if body is None:
            body = review_writers.written(self._review(period, asked), form)
        kind = "inline" if form in ("json", "html", "slides") else "attachment"
        name = f'{kind}; filename="review-{period.name}.{ENDINGS.get(form, form)}"'
        return Response(body, headers={"Content-Disposition": name}, media_type=TYPES[form])

    def _period(self, text: str) -> Period:
        now, zone = self._poller.clock(), self._poller.snapshot.time_zone
        if not text:
            raise Refusal(400, "say which period: period=2026-10")
        try:
            period = Period.checked(text, now, zone)
        except ValueError as error:
            raise Refusal(400, str(error)) from None
        if period.start > now:
            raise Refusal(400, f"the period {period.name} has not begun yet")
        return period

    def _signed(self, period: Period, scope: str, form: str) -> str | None:
        """The signed-off review of a period; None if there is none.

        Args:
            period: of the review. `scope`: of the review; empty for all. `form`: of the file.
        """
        signed = review_people.said(period.name).signed.get(sign_off_id(period.name, scope))
        return None if signed is None else review_people.copies(signed).get(form)

    def _whole(self, period: Period) -> ReviewWindow:
        """The review with the periods before it, if they are ready in time: a file is not completed later."""
        ends_at = time.monotonic() + WAIT_S
        while True:
            window = self._poller.viewers.reviews.fetch(period, wait_s=max(ends_at - time.monotonic(), 0.0))
            is_done = window.error is not None or (window.review is not None and window.is_whole)
            if is_done or time.monotonic() >= ends_at:
                return window
            time.sleep(REST_S)

    def _review(self, period: Period, asked: Mapping[str, str]) -> Review:
        window = self._whole(period)
        if window.review is None or not window.is_whole:
            raise _unknown(window)
        whole = window.review
        services = _services(whole, asked.get("service", ""), asked.get("team", ""))
        review = whole if services is None else narrowed(whole, services)
        return review_people.with_people(review, review_people.said(period.name))


def _unknown(window: ReviewWindow) -> Refusal:
    if window.error is not None:
        return Refusal(503, window.error, retry_s=30)
    return Refusal(503, "the review is being worked out", retry_s=window.retry_s or 2)


def _services(review: Review, service: str, team: str) -> set[str] | None:
    """Names of the requested services; None: all.

    Args:
        review: of all services. `service`, `team`: names, as on pages or ids; empty: any.
    """
    if not (service or team):
        return None
    of_team = {each for each in review.services if team in ("", review.teams.get(each, ""))}
    if team and not of_team:
        teams = set(review.teams.values())
        raise Refusal(404, f"no team is called {address.shortened(team)}", nearest=address.nearest(team, teams))
    chosen = {each for each in of_team if service in ("", each, review.title_of(each))}
    if not chosen:
        names = [review.title_of(each) for each in of_team]
        raise Refusal(
            404, f"no service with an objective is called {address.shortened(service)}",
            nearest=address.nearest(service, names),
        )  # fmt: skip
    return chosen


def written_json(review: Review) -> str:
    """The review as JSON, without NaN."""
    return json.dumps(as_json(review), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
