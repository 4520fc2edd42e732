"""Every piece of evidence has words, each with the values that it brings."""

from dataclasses import replace

import pytest

from dashboard.changes.change import Kind
from dashboard.changes.derived.presence import Origin
from dashboard.oncall.suspect import Evidence, Finding, Grade, Suspect, SuspectKind
from dashboard.ui.text import change_text, units
from dashboard.ui.text.incidents import suspect_text
from tests.incidents.samples import DEPLOY, ROLLBACK, START

WHOLE = Evidence(
    finding=Finding.WORSE,
    seconds=120.0,
    before=0.0004,
    now=0.036,
    low=1180.0,
    high=1310.0,
    share=0.94,
    name="v41",
    labels={"route": "/pay"},
)


@pytest.mark.parametrize("finding", Finding)
def test_every_finding_has_words_with_and_without_its_values(finding: Finding) -> None:
    for piece in (replace(WHOLE, finding=finding), Evidence(finding=finding)):
        said = suspect_text.evidence(piece, {})
        assert said
        assert "None" not in said
        assert "nan" not in said


@pytest.mark.parametrize(
    ("finding", "words"),
    [
        (Finding.BEGAN_AFTER, "the trouble began 2 min after it"),
        (Finding.WORSE, "bad requests 0.04 % → 3.6 % since then"),
        (Finding.SELECTED, "route=/pay holds 94 % of the additional bad requests"),
        (Finding.ENDED_WITH_ROLLBACK, "over 2 min after the rollback to v41"),
        (Finding.RIVAL, "v41 was changed in the same minutes"),
        (Finding.NOT_SELECTED, "the additional bad requests come from route=/pay"),
        (Finding.MENTIONS, "concerns v41, where the additional bad requests come from"),
        (Finding.SHARE_OF_BUDGET, "0 more bad requests since then, 94 % of the budget"),
    ],
)
def test_words_of_evidence(finding: Finding, words: str) -> None:
    assert units.plain(suspect_text.evidence(replace(WHOLE, finding=finding), {})) == words


def test_what_is_not_known_is_left_out() -> None:
    def said(finding: Finding, **values: float | dict[str, str] | None) -> str:
        return units.plain(suspect_text.evidence(replace(WHOLE, finding=finding, **values), {}))

    assert said(Finding.NOT_SELECTED, labels={}) == "the additional bad requests are spread over all versions"
    assert said(Finding.SELECTED, share=None) == "the additional bad requests come from route=/pay"
    assert said(Finding.SHARE_OF_BUDGET, now=320.0, share=None) == "320 more bad requests since then"
    assert said(Finding.FILLED, before=None, now=1.0) == "100 % of its limit"
    assert said(Finding.EXPECTED, now=1250.0) == "1.25k/s, expected 1.18k/s – 1.31k/s"
    assert said(Finding.EXPECTED, now=1250.0, low=None) == "1.25k/s, expected up to 1.31k/s"
    assert said(Finding.EXPECTED, now=1250.0, low=None, high=None, before=1180.0) == "1.25k/s, 1.18k/s before"


@pytest.mark.parametrize(
    ("finding", "words"),
    [
        (Finding.BEGAN_AFTER, "the trouble began with it"),
        (Finding.ENDED_WITH_ROLLBACK, "over with the rollback to v41"),
        (Finding.MOVED_FIRST, "v41 moved within the same step"),
    ],
)
def test_moments_of_one_step_are_no_seconds_apart(finding: Finding, words: str) -> None:
    assert units.plain(suspect_text.evidence(replace(WHOLE, finding=finding, seconds=0.0), {})) == words


def test_one_side_without_evidence_says_so() -> None:
    assert suspect_text.listed((), {}) == "nothing found"
    assert suspect_text.listed((WHOLE, WHOLE), {}).count("; ") == 1


def test_suspects_have_names() -> None:
    def named(kind: SuspectKind, **fields: object) -> str:
        suspect = Suspect(kind=kind, grade=Grade.POSSIBLE, at=START, **fields)  # type: ignore[arg-type]
        return suspect_text.name(suspect, {"a/pay": "pay", "checkout": "shop"})

    assert named(SuspectKind.CHANGE, change=DEPLOY) == "Deploy v42 of shop"
    assert named(SuspectKind.CHANGE, change=ROLLBACK) == "Rollback to v41 of shop"
    assert named(SuspectKind.TRAFFIC) == "Traffic"
    assert named(SuspectKind.SATURATION, name="pool") == "Pool"
    assert named(SuspectKind.DEPENDENCY, name="a/pay") == "pay, which it calls"


def test_versions_are_told_as_people_say_them() -> None:
    versions = ("42", "279484c0", "20261130", "v42", "main@sha1:0123456789abcdef")
    assert [change_text.version(text) for text in versions] == [
        "v42",
        "279484c0",
        "v20261130",
        "v42",
        "main@sha1:01234…",
    ]
    flag = replace(DEPLOY, change=replace(DEPLOY.change, kind=Kind.FLAG, version=""))
    assert change_text.title(flag, {}) == "Flag of checkout"
    assert {kind: change_text.KINDS[kind] for kind in Kind}
    lengths = [change_text.length(seconds) for seconds in (None, 45.0, 2040.0, 3580.0, 7500.0)]
    assert [units.plain(text) for text in lengths] == ["–", "45 s", "34 min", "1 h", "2 h 5 m"]


def test_who_told_of_a_change_and_where_it_is_seen() -> None:
    def said(*sources: str, **details: str) -> str:
        return change_text.known_by(replace(DEPLOY, sources=sources, change=replace(DEPLOY.change, details=details)))

    assert said("argocd", "github") == "told by argocd, github"
    assert said("argocd", "prometheus", origin="image") == "told by argocd, seen in the images of pods"
    assert said("demo", origin="requests") == "seen in the versions of requests"
    assert said() == ""
    assert all(str(origin) in change_text.SEEN for origin in Origin)
