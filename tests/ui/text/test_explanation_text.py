"""The sentence of an explanation is made of its numbers, and of nothing else."""

import pytest

from dashboard.oncall.explanation import Counts, Explanation, Selection, Verdict
from dashboard.oncall.spans import BadEvents
from dashboard.ui.text import explanation_text
from dashboard.ui.text.units import plain

WHOLE = Counts(bad_before=40, valid_before=100_000, bad=1240, valid=100_000)
PAY = Selection(
    {"route": "/pay", "version": "42"}, Counts(1, 3000, 1200, 3000), 1200 / 1240, 1.0, 0.03, ratio_without=40 / 97_000
)
ZONE = Selection({"zone": ""}, Counts(1, 5000, 20, 5000), 20 / 1240, 0.02, 0.05, ratio_without=0.0128)
LABELS = {"route": 4, "version": 2, "zone": 3}


def said(explanation: Explanation, bad: BadEvents = BadEvents.FAILED) -> str:
    return plain(explanation_text.sentence(explanation, bad))


def test_a_cause_is_what_the_service_would_be_well_without() -> None:
    explanation = Explanation(Verdict.CAUSES, WHOLE, 1200, (PAY,), 0.0004)
    assert said(explanation) == (
        "Without route=/pay, version=42 (3.0 % of traffic) the error ratio would be 0.04 %, as before, "
        "and now it is 1.2 %."
    )
    assert said(explanation, BadEvents.SLOW).startswith(
        "Without route=/pay, version=42 (3.0 % of traffic) the share of requests that are too slow would be 0.04 %"
    )


def test_two_causes_stand_beside_each_other_and_a_missing_label_is_empty() -> None:
    assert said(Explanation(Verdict.CAUSES, WHOLE, 1200, (PAY, ZONE), 0.0009)) == (
        'Without route=/pay, version=42 (3.0 % of traffic) and without zone="" (5.0 % of traffic) the error ratio '
        "would be 0.09 %; before it was 0.04 %, and now it is 1.2 %."
    )


@pytest.mark.parametrize(
    ("explanation", "sentence"),
    [
        (
            Explanation(Verdict.NO_SINGLE_CAUSE, WHOLE, 1200, labels=LABELS, tried=1059, strongest=PAY),
            "No single cause: the error ratio is 1.2 %, before it was 0.04 %, and none of 1,059 selections by route, "
            "version and zone explains it; route=/pay, version=42 (3.0 % of traffic) comes nearest, with 100 % of the "
            "additional failed requests.",
        ),
        (
            Explanation(Verdict.NO_SINGLE_CAUSE, WHOLE, 1200, labels={"zone": 2}, tried=2),
            "No single cause: the error ratio is 1.2 %, before it was 0.04 %, and none of 2 selections by zone "
            "explains it.",
        ),
        (
            Explanation(Verdict.NOT_WORSE, Counts(40, 100_000, 41, 100_000)),
            "Nothing to explain: the error ratio is 0.04 %; before it was 0.04 %.",
        ),
        (
            Explanation(Verdict.NO_LABELS, WHOLE),
            "The error ratio is 1.2 %, before it was 0.04 %, and no label tells these requests apart.",
        ),
        (
            Explanation(Verdict.NO_EVENTS, Counts(0, 0, 0, 0)),
            "Nothing to explain: there are no requests now, or there were none before.",
        ),
    ],
    ids=lambda value: str(value.verdict) if isinstance(value, Explanation) else "",
)
def test_what_has_no_cause_says_what_was_tried(explanation: Explanation, sentence: str) -> None:
    assert said(explanation) == sentence


def test_the_table_has_a_row_for_each_cause_or_for_what_comes_nearest() -> None:
    heads, *rows = explanation_text.table(Explanation(Verdict.CAUSES, WHOLE, 1200, (PAY, ZONE), 0.0004))
    assert [len(row) for row in rows] == 2 * [len(heads)]
    assert list(map(plain, rows[0])) == [
        "route=/pay, version=42", "1,200", "97 %", "100 %", "0.03 %", "40 %", "3.0 %", "0.04 %",
    ]  # fmt: skip
    nearest = explanation_text.table(Explanation(Verdict.NO_SINGLE_CAUSE, WHOLE, strongest=ZONE))
    assert [row[0] for row in nearest[1:]] == ['zone=""']
