"""A post-mortem is the same for the same incident, says what the data tell, and shows hostile text as text."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from dashboard.incidents.context import Spending
from dashboard.incidents.incident import Correctable
from dashboard.incidents.people import Acknowledgement, Correction
from dashboard.incidents.record import Record
from dashboard.oncall.explanation import Counts, Explanation, Selection, Verdict
from dashboard.oncall.spans import BadEvents, Spans
from dashboard.oncall.spreads import Spread
from dashboard.ui.text.incidents.post_mortem import PostMortem, post_mortem
from dashboard.ui.text.incidents.post_mortem_html import html
from dashboard.ui.text.incidents.post_mortem_markdown import markdown, text
from tests.incidents.samples import HOSTILE, MINUTE, START, hostile, impact, incident, ongoing, record

NOW = START + 86_400


def draft(told: Record | None = None, now: float = NOW) -> PostMortem:
    return post_mortem(told or record(), "UTC", now)


def section(title: str, told: Record | None = None) -> str:
    """A section of the Markdown, with plain spaces."""
    parts = markdown(draft(told)).split("\n## ")
    return next(part for part in parts if part.startswith(title))


def test_the_same_incident_gives_the_same_bytes_at_every_later_moment() -> None:
    for write in (markdown, html):
        assert write(draft(now=NOW)).encode() == write(draft(record(), now=NOW + 40 * 86_400)).encode()


def test_all_sections_are_there_in_their_order() -> None:
    assert [part.title for part in draft().sections] == [
        "Summary",
        "Impact",
        "Timeline",
        "Detection",
        "Contributing factors",
        "What went well",
        "What went badly",
        "Where we were lucky",
        "Action items",
        "How these numbers come about",
    ]


def test_it_tells_what_the_data_tell() -> None:
    written = markdown(draft())
    for line in (
        "# checkout: 3.6 % of requests failed for 34 min after deploy v42, and 1 other service moved with it",
        "It lasted from 2025-10-09 08:30 UTC to 2025-10-09 09:04 UTC, 34 min.",
        "checkout-availability: 91,800 failed requests of 2.55M, 7.1 % of its error budget.",
        "Most likely cause: Deploy v42 of checkout, 2025-10-09 08:28 UTC.",
        "| 2025-10-09 08:51 UTC | +21 min | Note | “/pay on v42 sends no idempotency key.” |",
        "32,100 failed requests came before that: 35 % of all.",
        "- Deploy v42 of checkout, 2025-10-09 08:28 UTC, 2 min before the start: most likely. For it: nothing found;",
        "- It was over 5 min after a rollback.",
        "- It was acknowledged 3 min after the first alert.",
        "- 35 % of the bad events came before the first alert.",
        "| Contract test of /pay | Payments | 2025-10-20 | open |",
    ):
        assert line in written, line
    # Open ones first, and nobody is named in the story.
    assert written.index("Contract test") < written.index("Roll back v42")
    assert "mona" not in written


def test_why_nobody_knows_what_was_left_of_the_budget_is_said() -> None:
    left = "How much was left is not known: that takes data of 90 % of the 30 days."
    assert left not in section("Summary")
    assert left in section("Summary", record(incident=incident(impacts=(impact(budget_left=None),))))


def test_what_spent_the_budget_is_told_where_it_was_kept() -> None:
    cause = Selection(
        {"route": "<b>/pay|", "version": "42"}, Counts(2, 900, 85_000, 230_000), 0.93, 0.94, 0.09, 0.0025, 85_490
    )
    rest = Selection({}, Counts(18, 90_000, 6_800, 2_320_000), 0.07, 0.06, 0.91, None, 5_460)
    even = Spread("instance", 6, is_even=True, worst="a", share=0.2, traffic_share=0.2)
    explanation = Explanation(
        Verdict.CAUSES,
        Counts(20, 90_900, 91_800, 2_550_000),
        90_950,
        (cause,),
        0.0004,
        {"route": 4},
        9,
        None,
        (),
        rest,
        (even,),
    )
    spans = Spans(int(START + 34 * MINUTE), 2_040, 2_040)
    whole = record(spending=Spending("checkout", BadEvents.FAILED, spans, explanation, (("user", "too many values"),)))
    written = section("What spent the budget", whole).replace("\u00a0", " ")
    for line in (
        "Without route=&lt;b&gt;/pay\\|, version=42 (9.0 % of traffic) the error ratio would have been 0.04 %",
        "They are even over all 6 of instance.",
        "Requests of 9 Oct 2025 08:30 – 09:04 UTC, compared with those of 9 Oct 2025 07:56 – 08:30 UTC.",
        "user is not combined with other labels: too many values.",
        "| everything else | 5,460 | 6.0 % | 0.02 % | 0.29 % | 91 % |",
    ):
        assert line in written, line
    assert "&lt;b&gt;/pay|, version=42</td><td>85,490</td>" in html(draft(whole))
    assert "64 % of the budget was left before, 57 % after." in markdown(draft()).replace("\u00a0", " ")


def test_what_nobody_knows_is_a_line_to_fill_in() -> None:
    assert "_To be filled in: What could have made it worse, and did not._" in section("Where we were lucky")
    bare = record(items=(), acknowledgements=(), suspects=(), changes=(), incident=incident(detected_at=None))
    assert "_To be filled in: What would have made it shorter" in section("Action items", bare)
    assert "- No alert fired." in section("What went badly", bare)
    assert "- Nobody acknowledged it." in section("What went badly", bare)
    late = record(acknowledgements=(Acknowledgement("mona", START + 30 * MINUTE),))
    assert "acknowledged 18 min after the first alert" in section("What went badly", late)


def test_luck_is_told_where_the_data_tell_it() -> None:
    scarce = record(incident=incident(impacts=(impact(budget_share=0.6, budget_left=0.1),)))
    assert "10 % of the budget was left: as much again would have spent it." in section("Where we were lucky", scarce)


def test_a_correction_stands_beside_what_was_derived() -> None:
    told = record(
        incident=incident(corrections={Correctable.START: f"{START - 600:.0f}"}),
        corrections=(Correction("mona", NOW, Correctable.START, f"{START - 600:.0f}"),),
    )
    assert "The start was corrected by a person; derived was 2025-10-09 08:30 UTC." in markdown(draft(told))
    assert "from 2025-10-09 08:20 UTC" in markdown(draft(told))
    titled = record(corrections=(Correction("mona", NOW, Correctable.TITLE, "The vault refused us"),))
    assert markdown(draft(titled)).startswith("# The vault refused us\n")


def test_an_incident_that_goes_on_says_as_of_when() -> None:
    written = markdown(draft(record(incident=ongoing()), now=START + 5 * MINUTE))
    assert "checkout: 3.6 % of requests have failed for 5 min" in written
    assert "| Ended | not yet, as of 2025-10-09 08:35 UTC |" in written


class Elements(HTMLParser):
    """Which elements and attributes a document has."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}


@pytest.mark.parametrize("told", [record(), hostile(), record(incident=ongoing())], ids=["usual", "hostile", "ongoing"])
def test_html_fetches_nothing_and_shows_text_as_text(told: Record) -> None:
    written = html(draft(told))
    elements = Elements()
    elements.feed(written)
    known = "html head meta title style body main section h1 h2 p ul li div table thead tbody tr th td"
    assert elements.seen <= set(known.split())
    assert elements.attributes <= {"lang", "charset", "http-equiv", "content", "name", "class", "scope"}
    assert not re.search(r"url\(|@import|https?:", written)
    assert "<style>" in written and "@media print" in written  # noqa: PT018


def test_hostile_text_is_no_markup_in_markdown() -> None:
    written = markdown(draft(hostile()))
    assert "<" not in written.replace("&lt;", "")
    for row in written.splitlines():
        unescaped = re.sub(r"\\.", "", row)
        assert not re.search(r"[*`\[\]]", unescaped), row
        if row.startswith("|"):
            assert unescaped.count("|") in (3, 5, 10), row
    assert text("1. first") == "1\\. first"
    assert text("- a\n# b") == "\\- a \\# b"
    assert text(HOSTILE).count("\\|") == 1
    assert text("# x").startswith("\\#")


def test_no_table_of_an_incident_without_changes_is_empty() -> None:
    bare = replace(record(), changes=(), suspects=(), notes=(), items=())
    assert "| --- |" in section("Timeline", bare)
    assert "|" not in section("Action items", bare)
