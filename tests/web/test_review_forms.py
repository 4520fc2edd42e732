"""A review as CSV, Markdown and JSON: hostile names stay names, and what is not known is not a number."""

import csv
import io
import json
import math
import re
from dataclasses import replace
from html import unescape

import numpy as np

from dashboard.capacity.capacity import CapacityReport
from dashboard.capacity.outlook import Outlook
from dashboard.review.facts import Facts, ObjectiveFacts
from dashboard.review.making import review
from dashboard.timerange import HOUR
from dashboard.ui.review.review_file import written
from dashboard.ui.text.incidents.post_mortem_markdown import inline
from dashboard.ui.text.review.review_markdown import markdown
from dashboard.ui.text.review.review_message import text, title
from dashboard.ui.text.units import plain
from dashboard.web.review.review_csv import COLUMNS, as_csv, number
from dashboard.web.review.review_json import as_json
from tests.review import samples
from tests.review.facts import START, counts, deploy, facts, impact, incident, record, slo, week

HOSTILE = "=cmd|' /C calc'!A0\n# head | <script>alert(1)</script> [a](javascript:b) \u202e"


def hostile() -> Facts:
    """A service of that name that missed its objective by a deploy, and one that was never measured."""
    happened = incident(impact(HOSTILE, START + 30 * HOUR, START + 31 * HOUR, 200.0))
    cause = deploy(START + 30 * HOUR, HOSTILE, HOSTILE)
    return facts(
        week(HOSTILE, h30=200.0),
        ObjectiveFacts(slo=slo("silent"), counts=counts([])),
        records=[record(happened, cause)],
        changes=[cause],
        title=HOSTILE,
        teams={HOSTILE: HOSTILE},
    )


def test_no_spreadsheet_runs_a_name() -> None:
    out = as_csv(review(hostile()))
    lines = list(csv.reader(io.StringIO("".join(line for line in out.splitlines(True) if not line.startswith("#")))))
    # What stood on a line of its own within a name is none of ours.
    table = list(csv.DictReader(io.StringIO(out[out.index(COLUMNS[0] + ",") :])))
    assert [len(row) for row in table] == [len(COLUMNS)] * 2
    assert table[0]["service"] == f"'{HOSTILE}"
    assert not any(cell.startswith(("=", "+", "@")) for row in lines for cell in row)
    assert (table[1]["achieved (ratio)"], table[1]["bad"], table[1]["verdict"]) == ("", "0", "no_data")


def test_no_renderer_makes_anything_of_a_name() -> None:
    out = markdown(review(hostile()))
    assert "<script>" not in out
    assert re.search(r"(?<!\\)\]\(", out) is None
    assert not any(line.startswith("# head") for line in out.splitlines())
    (row,) = (line for line in out.splitlines() if "99.9 % without error" in line and "169 %" in line)
    assert len(row.replace("\\|", "").split("|")) == 14


def test_what_is_not_known_is_null() -> None:
    content = as_json(review(hostile()))
    silent = content["objectives"][1]
    assert (silent["achieved"], silent["spent"], silent["verdict"], silent["coverage"]) == (None, None, "no_data", 0.0)
    assert json.loads(json.dumps(content, allow_nan=False)) == content


def test_the_outlook_and_the_decisions_are_the_same_in_all_forms() -> None:
    shown = samples.with_effort()
    content = as_json(shown)
    resources = content["capacity"]["resources"]
    assert content["capacity"]["at"] == "2026-10-31T23:00:00Z"
    assert resources[0] == {
        "service": "search", "resource": "memory", "urgency": "within_45_days", "use": 0.82, "peak": 0.82,
        "full_in_s": 31 * samples.DAY, "full_in_s_interval": [24 * samples.DAY, 43 * samples.DAY], "full_per_s": 118.0,
        "traffic_per_s": 100.0,
    }  # fmt: skip
    assert [each["full_in_s_interval"] for each in resources[1:]] == [[61 * samples.DAY, None], None, None]
    rows = list(csv.DictReader(line for line in as_csv(shown).splitlines() if not line.startswith("#")))
    objectives, own = rows[: len(content["objectives"])], rows[len(content["objectives"]) :]
    assert [(row["slo"], row["resource"]) for row in objectives] == [
        (each["slo"], "") for each in content["objectives"]
    ]
    assert {(row["kind"], row["slo"], row["bad"], row["as of"]) for row in own} == {
        ("capacity", "", "", "2026-10-31T23:00:00+00:00")
    }
    for row, each in zip(own, resources, strict=True):
        early, late = each["full_in_s_interval"] or (None, None)
        assert [row[column] for column in (*COLUMNS[:1], *COLUMNS[-11:-2])] == [
            each["service"], each["resource"], each["urgency"], number(each["use"]), number(each["peak"]),
            number(each["full_in_s"]), number(early), number(late), number(each["full_per_s"]),
            number(each["traffic_per_s"]),
        ]  # fmt: skip
    page = re.sub(r"<svg.*?</svg>|<[^>]+>", "", unescape(written(shown))).replace("\u00a0", " ")
    text_form = markdown(shown)
    outlook = (
        "search memory: full in 31 days (24 – 43 d), or at 118/s, 1.2× now",
        "orders disk: full in 74 days (from 61 d on)",
        "payments pool: 95 % at the peak of the last 30 days",
        "all others: not full within 90 days, with room at the peak",
    )
    for line in outlook:
        assert line in page
        assert f"- {inline(line)}" in text_form.splitlines()
    assert "- As of Sat 31 Oct, 23:00." in text_form.splitlines()
    said = [(each["service"], each["what"], each["why"]) for each in content["decisions"]]
    assert said == [
        (
            "checkout",
            "release in stages",
            "Stopped at 5 % of the traffic, the deploy v2.11.0 on 14 Oct would have cost at most 4.8 % of the budget "
            "of checkout, not 96 %; the objective would have been met.",
        ),
        ("search", "add memory before 24 Nov", "At its present trend it is full in 31 days (24 – 43 d)."),
        (
            "profile",
            "raise the objective from 99.9 % to 99.95 %, or spend less on it",
            "In 6 months that are known profile never used more than 3.0 % of its budget.",
        ),
    ]
    for place, (service, what, why) in enumerate(said, 1):
        assert f"{place}. **{inline(f'{service}: {what}.')}** {inline(why)}" in text_form.splitlines()
        assert f"{service}: {what}. {why}" in page
    assert json.loads(json.dumps(content, allow_nan=False)) == content


def test_what_is_not_measured_or_known_for_too_short_has_no_room_in_any_form() -> None:
    gone = replace(samples.resource("search", "memory", 0.4, Outlook(horizon=0.0)), now=math.nan)
    young = samples.resource("orders", "disk", 0.4, Outlook(horizon=0.0))
    fine = samples.resource("orders", "cpu", 0.4, Outlook(horizon=20 * samples.DAY))
    text = plain(markdown(samples.review(capacity=CapacityReport(samples.at("31 23:00"), (gone, young)))))
    assert "1 resource: not measured lately" in text
    assert "1 resource: known for less than 3 days" in text
    assert "with room" not in text
    text = plain(markdown(samples.review(capacity=CapacityReport(samples.at("31 23:00"), (gone, fine)))))
    assert "all others: not full within 20 days, with room at the peak" in text


def test_without_an_outlook_there_is_none_in_any_form() -> None:
    shown = samples.review(objectives=(), incidents=())
    content = as_json(shown)
    assert (content["capacity"], content["decisions"]) == (None, [])
    assert "Capacity outlook" not in markdown(shown)
    assert "Decisions" not in markdown(shown)


def test_a_message_is_one_line_and_a_title_is_short() -> None:
    whole = review(hostile())
    assert "\n" not in title(whole)
    assert "\u202e" not in title(whole)
    assert len(title(whole)) <= 200
    assert len(text(whole, "https://golden.example.org").splitlines()) == 2


def test_numbers_have_all_their_digits() -> None:
    assert [number(value) for value in (0.1, 1 / 3, 2.0**53 + 2, 7.0, None, float("nan"), np.float64(0.5))] == [
        "0.1", "0.3333333333333333", "9007199254740994.0", "7", "", "", "0.5",
    ]  # fmt: skip
