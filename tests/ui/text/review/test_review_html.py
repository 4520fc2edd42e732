"""A review as HTML: everything is in it, nothing is fetched, and what people wrote stays words."""

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from dashboard.review.period import Period
from dashboard.review.review import Cause, Review, Spending, Trend, Verdict
from dashboard.ui.review.review_file import Paper, written
from dashboard.ui.text import units
from dashboard.ui.text.review import review_periods
from dashboard.ui.text.review.review_drawing import Piece, budget_bar, longest, stack, trend
from dashboard.ui.text.review.review_html import body, shown_part
from dashboard.ui.text.review.review_links import ON_PAGE, Links
from dashboard.ui.text.review.review_markdown import markdown
from dashboard.ui.text.review.review_markup import lines, name
from dashboard.ui.text.review.review_objectives_html import WIDE, WIDTHS, objectives
from tests.review import samples
from tests.review.samples import hostile, large, review, signed

VOID = {"meta", "rect", "line", "path", "circle", "br", "wbr"}
# Attributes that make a browser fetch something.
FETCHING = {"src", "srcset", "href", "xlink:href", "data", "action", "poster", "background", "formaction", "ping"}


class Document(HTMLParser):
    """Elements, attributes and text of a document, and whether each element is closed where it should be."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.style = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(key, value or "") for key, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(key, value or "") for key, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "style":
            self.style += data
        else:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).replace("\u00a0", " ").split())


def texts(shown: Review) -> str:
    return Document(written(shown)).text


@pytest.mark.parametrize(
    "make", [review, signed, hostile, lambda: large(2)], ids=["usual", "signed", "hostile", "more"]
)
@pytest.mark.parametrize("paper", Paper)
def test_a_file_fetches_nothing_and_runs_nothing(make: object, paper: Paper) -> None:
    assert callable(make)
    document = Document(written(make(), paper))
    assert document.open == []
    assert {key for key, _ in document.attributes} & FETCHING == set()
    assert not [key for key, _ in document.attributes if key.startswith("on")]
    assert {"script", "link", "img", "iframe", "object", "a", "base", "image", "use"} & set(document.tags) == set()
    # Fonts are in it; nothing else is asked for by its style.
    assert {address[:16] for address in re.findall(r"url\(([^)]{0,40})", document.style)} == {"data:font/woff2;"}
    assert "@import" not in document.style
    assert "default-src 'none'" in dict(document.attributes)["content"] or "default-src 'none'" in str(
        document.attributes
    )


def test_all_parts_are_there_in_their_order() -> None:
    headings = re.findall(r"<h2>([^<]+)</h2>", written(signed()))
    assert headings == [
        "Objectives and results",
        "What the budget was spent on",
        "If that incident had not been",
        "Incidents that cost most",
        "Alerts, and how good they were",
        "SLA and credits",
        "Deploys",
        "Decisions suggested",
        "Notes",
        "Service by service",
        "Sign-off",
        "How the budget adds up",
        "How this was computed",
    ]


def test_it_says_in_words_what_its_numbers_mean() -> None:
    said = texts(signed())
    for sentence in (
        "October 2026: 10 of 11 objectives were met.",
        "1 Oct – 31 Oct 2026, UTC · data cover 99.8 % of the period",
        "Missed, mostly one change",
        "Met narrowly, getting worse",
        "Met, never challenged",
        "coverage 99.8 %; 99.9 % until 12 Oct",
        "14 Oct deploy v2.11.0 96 %",
        "Without the 14 Oct deploy v2.11.0 (96 % of the budget) the objective of checkout , 99.95 % without error, "
        "would have been met : 46 % of its budget used instead of 140 %.",
        "1.56M failed requests, 96 % of the budget",
        "31 of 43 alerts (72 %) fired while more requests than usual failed or were slow.",
        "QueueLong fired 12 times, never while more requests than usual failed or were slow.",
        "not met payments : 99.9690 % achieved, 99.99 % agreed; credit due: 10 % of the month's fee",
        "2 of 13 deploys failed: change failure rate 15 % .",
        "Signed off by Mona on 2 Nov 2026, 12:00 UTC. It is frozen as it was then.",
        "checkout: 99.9 % from 1 Oct, 99.95 % from 12 Oct. Each hour is judged by what held in it.",
        "No usable data for invoices: 5 Oct 2026 02:00 – 04:30 UTC (monitoring was moved). That time counts neither",
        "written 1 Nov 2026, 06:00 UTC",
    ):
        assert sentence in said, sentence
    assert "Name Date and signature" in texts(review())


def test_services_of_an_incident_stand_in_the_order_of_what_it_took_of_their_budgets() -> None:
    # checkout moved first, payments lost more.
    provider = samples.costly("provider", ["checkout", "payments"], 3060.0)
    said = texts(review(incidents=(provider.incident,), records={"provider": provider}))
    assert re.search(r"payments , checkout \S+ failed requests, 44 % and 18 % of the budgets", said)


def test_markdown_says_of_agreements_gaps_and_the_policy_what_the_file_says() -> None:
    said = markdown(samples.with_policy())
    for line in (
        "- payments: not met, 99.9690 % achieved, 99.99 % agreed; credit due: 10 % of the month's fee",
        "- No usable data for invoices: 5 Oct 2026 02:00 – 04:30 UTC (monitoring was moved). That time counts",
        "- checkout, 99.95 % without error: freeze all, as its error budget is used up, but does not burn now",
        "- 10 other objectives: ship",
        "- Exception of Ada, until Sat 31 Oct, 12:00, for checkout-availability and search-latency: the provider's",
    ):
        assert line in said, line


def test_exceptions_of_long_ago_are_told_where_no_state_is_known_any_more() -> None:
    objectives = tuple(replace(each, policy=None) for each in samples.with_policy().objectives)
    assert "Exception for checkout , search : Ada" in texts(review(objectives=objectives))


def test_the_policy_is_told_with_its_exceptions() -> None:
    said = texts(samples.with_policy())
    for sentence in (
        "freeze all checkout , 99.95 % without error: its error budget is used up, but does not burn now; "
        "everything waits but fixes, and these too while the budget burns",
        "freeze features search , 99 % within 300 ms: 9.0 % of its error budget is left, not more than 25 %; "
        "features wait; fixes and work on reliability go on",
        "ship all others: release as usual",
        "Exception for checkout , search : Ada lets releases go until 31 Oct 12:00 UTC: the provider's outage",
    ):
        assert sentence in said, sentence
    assert "Error-budget policy" not in texts(review())


def test_what_runs_out_and_what_services_took_is_told() -> None:
    said = texts(samples.with_effort())
    for sentence in (
        "search memory : full in 31 days (24 – 43 d), or at 118/s, 1.2× now",
        "orders disk : full in 74 days (from 61 d on)",
        "payments pool : 95 % at the peak of the last 30 days",
        "all others : not full within 90 days, with room at the peak",
        "31 of 80 hours of work (39 %) were toil: at most half, as it should be. Costs are those of what is held now",
        "checkout 20 h 67 % 1,234 € 0.42 €",
    ):
        assert sentence in said, sentence
    assert "Capacity outlook" not in texts(review())
    assert "Toil" not in texts(review())


def test_decisions_are_a_numbered_list_whose_names_stay_names() -> None:
    page = written(samples.with_effort())
    (listed,) = re.findall(r'<ol class="rows ruled">(.*?)</ol>', page)
    assert listed.count("<li>") == 3
    assert "<bdi>checkout</bdi>: release in stages.</b>" in listed
    (linked,) = re.findall(r'<ol class="rows ruled">(.*?)</ol>', body(samples.with_effort(), ON_PAGE))
    assert 'href="service?service=search"' in linked
    said = texts(hostile())
    assert "</title><script>alert(1)</script> : release in stages." in said
    quiet = [each for each in samples.objectives() if each.slo.service in ("orders", "catalog")]
    assert "Decisions suggested" not in texts(review(objectives=tuple(quiet)))


def test_what_was_spent_adds_up_to_all_bad_events_of_each_objective() -> None:
    rows = re.findall(r'<tr><th scope="row" class="name">.*?</tr>', written(review()))
    numbers = [
        [int(cell.replace(",", "")) for cell in re.findall(r">(?:<b>)?([\d,]+)(?:</b>)?</td>", row)] for row in rows
    ]
    sums = [row for row in numbers if len(row) == 5]
    assert len(sums) == 11
    assert all(changes + incidents + rest == whole for changes, incidents, rest, whole, _ in sums)


def test_drawings_say_what_they_show_to_who_does_not_see_them() -> None:
    shown = written(review()).replace("\u00a0", " ")
    assert 'role="img" aria-label="budget used: 140 %"' in shown
    assert (
        'aria-label="budget used: May 31 %, Jun 42 %, Jul 38 %, Aug 55 %, Sep 70 %, Oct 140 %; getting worse"' in shown
    )
    assert (
        'aria-label="checkout, 99.95 % without error: 14 Oct deploy v2.11.0 96 %, 22 Oct incident 18 %, '
        'background 26 %; in all 140 % of the budget"'
    ) in shown
    drawings = re.findall(r"<svg (?![^>]*(?:aria-hidden|overflow=))[^>]*>", shown)
    assert len(drawings) > 30
    assert all("aria-label=" in drawing for drawing in drawings)


def test_hostile_words_stay_words() -> None:
    page = written(hostile())
    assert "\u202e" not in re.sub(r"(?s)<bdi[^>]*>.*?</bdi>", "", page), "what turns the direction is isolated"
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]", page)
    page.encode()
    document = Document(page)
    assert "<script>alert(1)</script>" in document.text
    assert "alert" not in re.sub(r">[^<]*<", "><", page).replace("&lt;script&gt;alert(1)", "").split("<main")[0]
    # A name that never ends is cut, and neither a drawing nor a label repeats all of it.
    assert max(len(words) for words in document.words) < 4000
    assert len(page) < 2_000_000


def test_notes_keep_their_lines_and_names_are_one() -> None:
    assert lines("one\r\ntwo\u2028three\x00") == '<bdi dir="auto">one\ntwo\nthree</bdi>'
    assert name("two\r\nlines\x00\ud800") == "<bdi>two lines</bdi>"
    assert name("x" * 200, 10) == f'<bdi title="{"x" * 200}">xxxxxxxxx…</bdi>'


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("recommendationservice", "recommendationservice"),
        ("order_fulfillment_worker", "order_|fulfillment_|worker"),
        ("shop.ReconciliationSettlement", "shop.|Reconciliation|Settlement"),
        ("settlement-of-reconciliations-and-refunds", "settlement-|of-|reconciliations-…"),
        ("99.9 % at 1.5.2026, checkout", "99.9 % at 1.5.2026, checkout"),
        ("<_a>&'b_c" * 3, "&lt;_a&gt;&amp;&#x27;b_|c" * 3),
    ],
)
def test_a_long_name_breaks_between_its_words(words: str, shown: str) -> None:
    assert name(words, 34) == name(words, 34).partition(">")[0] + f">{shown.replace('|', '<wbr>')}</bdi>"


@pytest.mark.parametrize(("service", "width"), [("checkout", WIDTHS[0]), ("recommendationservice", WIDE[0])])
def test_the_column_of_services_is_wide_enough_for_their_words(service: str, width: float) -> None:
    every = tuple(replace(each, slo=replace(each.slo, service=service)) for each in samples.objectives())
    assert f'style="--w:{width:g}">Service</th>' in objectives(review(objectives=every), Links())


def test_fifty_services_are_small_and_quick() -> None:
    whole = large(50)
    assert len(whole.objectives) == 100
    began = time.process_time()
    page = written(whole)
    assert time.process_time() - began < 2
    assert len(page.encode()) < 1_000_000


def test_on_a_page_names_lead_to_their_pages() -> None:
    shown = body(review(), ON_PAGE)
    for link in ("service?service=checkout", "objectives?slo=checkout-availability", "incidents?incident=deploy"):
        assert f'href="{link}"' in shown
    assert "<h1>" not in shown


def test_a_file_that_was_kept_shows_what_it_showed() -> None:
    shown = shown_part(written(signed()))
    assert shown.startswith('<div class="top">')
    assert body(signed()) in shown
    assert shown_part("<p>x</p>") == ""


def test_a_period_that_goes_on_or_began_before_the_data_says_so() -> None:
    begun = review(at=samples.at("20 12:00"), data_begin=samples.at("3 00:00"))
    said = texts(begun)
    assert "The period is not over: these are the numbers until Tue 20 Oct, 12:00." in said
    assert "Data begin on Sat 3 Oct, 00:00: nothing is known of the time before." in said


def test_nothing_known_is_never_nought() -> None:
    unknown = [each for each in samples.objectives() if each.verdict is Verdict.NO_DATA]
    said = texts(review(objectives=tuple(unknown), incidents=(), alerts=None, deploys={}, notes={}))
    assert "without data nobody can tell whether its objective was met" in said
    assert "Alerts" not in said
    # How much was measured is all that is known.
    assert re.findall(r"[\d.]+ %", said.partition("How this was computed")[0]) == ["99.8 %"]


@pytest.mark.parametrize(
    ("share", "objective", "text"),
    [
        (0.99995, 0.99, "99.995 %"),
        (1.0, 0.99, "100.00 %"),
        (0.9999999, 0.999, "99.99999 %"),
        (0.9993, 0.9995, "99.9300 %"),
        (None, 0.99, "–"),
    ],
)
def test_what_is_not_all_is_never_written_as_all(share: float | None, objective: float, text: str) -> None:
    assert units.sli(share, objective).replace("\u00a0", " ") == text


@pytest.mark.parametrize(
    ("period", "title", "days", "brief"),
    [
        ("2026-10", "October 2026", "1 Oct – 31 Oct 2026, UTC", "Oct"),
        ("2026-Q4", "Fourth quarter of 2026", "1 Oct – 31 Dec 2026, UTC", "Q4"),
        ("2026-W53", "Week 53 of 2026", "28 Dec 2026 – 3 Jan 2027, UTC", "W53"),
        ("2026", "2026", "1 Jan – 31 Dec 2026, UTC", "2026"),
        ("2026-10-14", "14 Oct 2026", "14 Oct 2026, UTC", "14 Oct"),
        ("2026-10-02..2026-10-14", "2 Oct – 14 Oct 2026", "2 Oct – 14 Oct 2026, UTC", "2 Oct"),
    ],
)
def test_periods_have_names(period: str, title: str, days: str, brief: str) -> None:
    known = Period.parse(period, "UTC")
    words = (review_periods.title(known), review_periods.days(known), review_periods.brief(known))
    assert tuple(word.replace("\u00a0", " ") for word in words) == (title, days, brief)


def bars(drawn: str) -> Iterator[tuple[float, float]]:
    for begin, width in re.findall(r'x="([\d.]+)%" width="([\d.]+)%"', drawn):
        yield float(begin), float(width)


def test_pieces_of_a_bar_lie_end_to_end_and_never_beyond_its_end() -> None:
    pieces = [Piece("change", 0.96), Piece("incident", 0.18), Piece("background", 0.26)]
    drawn = list(bars(stack(pieces, 1.6, 1.6, "x")))
    ends = [begin + width for begin, width in drawn]
    assert [begin for begin, _ in drawn[1:]] == pytest.approx(ends[:-1], abs=0.01)
    assert ends[-1] == pytest.approx(100 * 1.4 / 1.6, abs=0.01)
    # Nine budgets are cut at the end, with a notch, and the number beside the bar tells.
    far = stack([Piece("change", 9.0), Piece("background", 1.0)], 2.0, 2.5, "x")
    assert max(begin + width for begin, width in bars(far)) == pytest.approx(80.0)
    assert "M-9-6" in far
    assert "M-9-6" in budget_bar(9.0, 2.0, "red", "x")
    assert longest([None, 0.2]) == 1.15
    assert longest([0.5, 9.0]) == 2.0


def test_beside_the_longest_bar_there_is_room_for_its_sum() -> None:
    first, *others = samples.objectives()
    far = replace(
        first, spent=968.98, spending=(Spending(cause=Cause.CHANGE, bad=9.0, share=968.98, incident="deploy"),)
    )
    document = written(review(objectives=(far, *others)))
    places = [float(place) for place in re.findall(r'class="sum[^"]*" style="left:([\d.]+)%', document)]
    assert max(places) == pytest.approx(100 / 1.16, abs=0.01)
    assert "96.9k\u00a0%</span>" in document


def test_only_so_many_incidents_are_told_of_without_which_an_objective_would_have_been_met() -> None:
    said = texts(large(50))
    assert said.count("Without the ") == 12
    assert re.search(r"and \d+ more, which took less or are of objectives further down", said)


def test_columns_that_nobody_gave_are_not_there() -> None:
    paid = texts(replace(samples.with_effort(), toil={}))
    assert "Service Cost Per million requests checkout 1,234 € 0.42 €" in paid
    known = texts(replace(samples.with_effort(), costs={}))
    assert "Service Toil Of all work checkout 20 h 67 %" in known


def test_a_trend_has_gaps_where_nothing_is_known() -> None:
    drawn = trend([0.1, None, 0.2, 0.3, None, 1.4], "red", "x")
    (path,) = re.findall(r'class="course" d="([^"]+)"', drawn)
    assert path.count("M") == 3
    # The first stands alone, and so does the last, which is larger and in its colour.
    assert drawn.count("<circle") == 2
    assert 'class="fill-red"' in drawn
    assert "<circle" not in trend([None, None], "grey", "x")


def test_small_parts_are_drawn_together_and_nothing_is_lost() -> None:
    first = samples.objectives()[0]
    many = tuple(
        Spending(cause=Cause.INCIDENT, bad=3.0, share=0.03, incident=f"n{number}", begins=samples.at("3 10:00"))
        for number in range(12)
    )
    shown = replace(first, spending=many, spent=0.36, bad=36.0, verdict=Verdict.MET, trend=Trend.STEADY)
    (drawn,) = re.findall(r'<div class="stack"><svg.*?</svg>', written(review(objectives=(shown,))))
    assert "4 small other incidents 12" in drawn.replace("\u00a0", " ")
    assert sum(width for _, width in bars(drawn)) == pytest.approx(100 * 0.36 / (1.15 * 1.16), abs=0.1)
