"""A review as CSV, Markdown and JSON: hostile names stay names, and what is not known is not a number."""

import csv
import io
import json
import re

import numpy as np

from dashboard.review.facts import Facts, ObjectiveFacts
from dashboard.review.making import review
from dashboard.timerange import HOUR
from dashboard.ui.text.review_letter import text, title
from dashboard.ui.text.review_markdown import markdown
from dashboard.web.review_csv import COLUMNS, as_csv, number
from dashboard.web.review_json import as_json
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
