"""The page of a review: a period as known now, or as signed off."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace
from html import escape
from urllib.parse import urlencode

import streamlit as st

from dashboard.engine.reviews.reviews import ReviewWindow
from dashboard.engine.snapshot import Snapshot
from dashboard.engine.source_status import SourceState
from dashboard.review.making import narrowed
from dashboard.review.period import Period
from dashboard.review.review import Review, Verdict
from dashboard.state.reviews import StoredSignOff, sign_off_id
from dashboard.ui import data, problems
from dashboard.ui.panels.review.review_filter import ReviewFilter
from dashboard.ui.panels.wall.wall import banner
from dashboard.ui.review import review_people, review_view, review_writers
from dashboard.ui.review.review_people import Said
from dashboard.ui.shared_cache import SharedCache
from dashboard.ui.text import moments, source_text, tab_text, units
from dashboard.ui.text.review import review_html, review_periods, review_words
from dashboard.ui.text.review.review_differences import differences
from dashboard.ui.text.review.review_links import ON_PAGE
from dashboard.ui.text.review.review_words import VERDICTS
from dashboard.ui.text.status_text import status
from dashboard.ui.theme import alive, count

AHEAD = "This period has not begun yet: there is a review of it as soon as it has."
WORKING = "The review of {period} is being worked out: all hours of it are added up. It will be here in a moment."
PARTLY = "the periods before it are still being read: the trend is completed in a moment."
# Seconds until an incomplete review is requested again.
AGAIN_S = 4.0
_shown = SharedCache[bytes]()
_reviews = SharedCache[Review]()
_differences = SharedCache[str]()
# Maximum number of listed differences.
MOST = 20
FILES = (
    ("HTML", "html", "one file that needs nothing else: to send and to print"),
    ("Slides", "slides", "the same for a screen of 16:9, printed a part to a slide"),
    ("Markdown", "md", "for a wiki or a ticket"),
    ("CSV", "csv", "a row for each objective"),
    ("JSON", "json", "all of it, for programs"),
)  # fmt: skip


def reviewed(choice: ReviewFilter, now: float) -> ReviewWindow:
    """The chosen review, of its services only, with the notes on it; or when to ask again.

    Args:
        choice: from the address. `now`: epoch seconds; a future period has no review.
    """
    if choice.period.start > now:
        return ReviewWindow(choice.period)
    window = data.review(choice.period)
    if window.review is None:
        return window
    whole, said = window.review, review_people.said(choice.period.name)
    key = choice.period, choice.scope
    return replace(window, review=_reviews.of(key, (whole, said), lambda: _chosen(whole, said, choice)))


def _chosen(whole: Review, said: Said, choice: ReviewFilter) -> Review:
    services = _services(whole, choice)
    return review_people.with_people(whole if services is None else narrowed(whole, services), said)


def _services(review: Review, choice: ReviewFilter) -> set[str] | None:
    """Names of the chosen services; None: all."""
    if not (choice.service or choice.team):
        return None
    of_team = (service for service in review.services if choice.team in ("", review.teams.get(service, "")))
    return {service for service in of_team if choice.service in ("", service)}


def head(snapshot: Snapshot, now: float, period: Period, review: Review | None) -> str:
    """Title, number of objectives met, data age, clock, and problems of the source, as HTML.

    Args:
        snapshot: the newest one. `now`: epoch seconds. `period`: shown. `review`: None while there is none.
    """
    title = review_periods.title(period) + (" so far" if period.start <= now < period.end else "")
    counts = "" if review is None else "".join(count(VERDICTS[each], review.number(each)) for each in Verdict)
    source, place = snapshot.source, f"review?{urlencode({'period': period.name})}"
    tab = tab_text.of_review(title, snapshot)
    return (
        f'<div class="gs-title"><h1>{escape(title)}</h1>{counts}<span class="right">'
        f'<i class="gs-dot gs-{status(source.state).colour}"></i><b>{units.age(source.age(now))}</b> · '
        f"{escape(moments.clock(now, snapshot.time_zone))}</span></div>"
        f"{banner(snapshot, now)}{alive(snapshot, now, tab=tab, address=place)}"
    )


def files(choice: ReviewFilter) -> str:
    """Links to the review as files, as HTML."""
    links = "".join(_file(choice, name, form, what) for name, form, what in FILES)
    return f'<div class="gs-taken gs-reviewfiles">{links}</div>'


def _file(choice: ReviewFilter, name: str, form: str, what: str) -> str:
    """A link to one format of the review.

    Args:
        choice: from the address. `name`: of the format. `form`: the format in the address. `what`: its purpose.
    """
    link = escape(f"api/v1/review?{urlencode({**choice.parameters, 'format': form})}")
    return (
        f'<a class="gs-csv" href="{link}" download="{escape(file_name(choice, form))}" title="{escape(what)}" '
        f'aria-label="{name} of the review">{name}</a>'
    )


def file_name(choice: ReviewFilter, form: str) -> str:
    """The name of a file, without characters that file systems do not allow."""
    of = "-".join(part for part in (choice.team, choice.service) if part)
    safe = "".join(sign if sign.isalnum() or sign in "-_." else "-" for sign in of)[:60]
    ending = {"slides": "slides.html"}.get(form, form)
    return f"review-{choice.period.name}{f'-{safe}' if safe else ''}.{ending}"


def body(snapshot: Snapshot, now: float, choice: ReviewFilter, window: ReviewWindow) -> float | None:
    """Draw the signed-off review, else the current one, else why there is none.

    Args:
        snapshot: the newest one. `now`: epoch seconds. `choice`: from the address. `window`: the chosen review.

    Returns:
        Seconds until the page is to be drawn again for values that are still being computed; None if it is complete.
    """
    said = review_people.said(choice.period.name)
    for problem in filter(None, (choice.problem, said.problem, window.error)):
        problems.banner(problem)
    signed = said.signed.get(sign_off_id(choice.period.name, choice.scope))
    if signed is not None and (stored := review_people.copies(signed)):
        _draw(("signed", signed.id), signed, lambda: review_html.shown_part(stored.get("html", "")))
        st.html(files(choice) + since(signed, stored, window.review))
        return window.retry_s
    if window.review is None:
        problems.empty(absent(snapshot, now, choice))
        return window.retry_s
    review = window.review
    if not review.objectives:
        problems.empty(source_text.no_objective(snapshot.source))
        return None
    if not window.is_whole:
        problems.banner(PARTLY, colour="grey", word="Busy:")
    _draw((choice.period, choice.scope), (window.review, signed), lambda: _page(review, signed))
    st.html(files(choice))
    return None if window.is_whole else AGAIN_S


def since(signed: StoredSignOff, stored: Mapping[str, str], review: Review | None) -> str:
    """What has changed since the sign-off, as HTML.

    Args:
        signed: the sign-off. `stored`: what was signed, by format. `review`: the current one; None while there is none.
    """
    if review is None:
        return ""
    return _differences.of(signed.id, (signed, review), lambda: _since(signed, stored, review))


def _since(signed: StoredSignOff, stored: Mapping[str, str], review: Review) -> str:
    sentences = differences(stored.get("json", ""), review_writers.written(review, "json"))
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences[:MOST])
    more = f"<li>and {len(sentences) - MOST} more</li>" if len(sentences) > MOST else ""
    said = f"<ul>{items}{more}</ul>" if items else "<p>Nothing differs from what is known now.</p>"
    at = escape(review_words.dated(signed.at, review.period.zone))
    return f'<div class="gs-since"><h2>Since it was signed off, {at}</h2>{said}</div>'


def _page(review: Review, signed: StoredSignOff | None) -> str:
    # If the signed review cannot be read, the signature is still shown.
    whole = review if signed is None else review_people.signed_by(review, signed)
    return review_html.body(whole, ON_PAGE)


def _draw(choice: Hashable, known: object, build: Callable[[], str]) -> None:
    """Show HTML that is built once for all viewers with the same choice.

    Args:
        choice: of the viewer. `known`: the data behind it. `build`: builds the HTML.
    """
    message = _shown.of(choice, known, lambda: review_view.packed(build()))
    with st.container(border=True, key="card_review"):
        review_view.view(message, key="review_view")


def absent(snapshot: Snapshot, now: float, choice: ReviewFilter) -> str:
    """Why there is no review to show, and what to do about it.

    Args:
        snapshot: the newest one. `now`: epoch seconds. `choice`: from the address.
    """
    if choice.period.start > now:
        return AHEAD
    if not snapshot.slos and snapshot.source.state in (SourceState.STARTING, SourceState.DOWN):
        return source_text.no_objective(snapshot.source)
    return WORKING.format(period=review_periods.title(choice.period))
