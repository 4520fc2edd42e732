"""What a page and a post-mortem are made of: the timeline, the course of an impact, corrections that are checked."""

from dataclasses import replace
from datetime import date

import pytest

from dashboard.incidents import correcting, people
from dashboard.incidents.correcting import CorrectionRefused
from dashboard.incidents.course import shape, spent, steps
from dashboard.incidents.incident import Correctable, StepCounts
from dashboard.incidents.people import Acknowledgement, ActionItem, Correction
from dashboard.incidents.statistics import Moments
from dashboard.incidents.timeline import MOST, EventKind, left_out, timeline
from tests.incidents.samples import DEPLOY, MINUTE, ROLLBACK, START, impact, incident, known, ongoing, record


def test_a_timeline_tells_everything_in_its_order() -> None:
    events = timeline(record())
    assert [(event.kind, (event.at - START) / MINUTE) for event in events] == [
        (EventKind.CHANGE, -2),
        (EventKind.BURN, 0),
        (EventKind.ANOMALY, 3),
        (EventKind.BURN, 5),
        (EventKind.DETECTION, 12),
        (EventKind.ACKNOWLEDGEMENT, 15),
        (EventKind.NOTE, 21),
        (EventKind.CHANGE, 29),
        (EventKind.RECOVERY, 34),
    ]
    still = timeline(record(incident=ongoing()))
    assert {EventKind.DETECTION, EventKind.RECOVERY}.isdisjoint(event.kind for event in still)


def test_a_timeline_of_too_many_changes_says_how_many_it_leaves_out() -> None:
    changes = tuple(known(f"v{number}", START + number) for number in range(MOST + 5))
    whole = record(changes=changes)
    assert sum(event.kind is EventKind.CHANGE for event in timeline(whole)) == MOST
    assert left_out(whole) == 5


def test_the_cause_is_the_most_likely_change_and_the_way_out_the_last_rollback() -> None:
    assert record().cause == DEPLOY
    assert record(suspects=()).cause is None
    later = known("43", START + 33 * MINUTE)
    assert record(changes=(DEPLOY, ROLLBACK, later)).way_out == ROLLBACK
    assert record(changes=(DEPLOY,)).way_out is None
    assert record(incident=ongoing()).way_out is None


def test_the_main_impact_took_most_of_its_budget() -> None:
    costly = impact(service="payments", budget_share=0.5)
    assert record(incident=incident(impacts=(impact(), costly))).main == costly
    unknown = impact(budget_share=None)
    assert record(incident=incident(impacts=(unknown, unknown))).main == unknown


def test_the_course_of_an_impact_is_known_from_its_counts() -> None:
    course = shape(impact())
    assert course.before == pytest.approx(30 / 375_000)
    assert course.worst == pytest.approx(15_300 / 375_000)
    assert course.after == pytest.approx(30 / 375_000)
    assert course.traffic == course.traffic_before == 1250.0
    assert set(vars_of(shape(impact(counts=None)))) == {None}
    gap = StepCounts(START - 300, 300.0, (None, 5.0), (None, 10.0))
    assert shape(impact(counts=gap)).before is None
    assert [step.ratio for step in steps(gap)] == [None, 0.5]


def vars_of(course: object) -> list[object]:
    return [getattr(course, name) for name in type(course).__slots__]  # type: ignore[attr-defined]


def test_what_was_spent_ends_at_the_share_of_the_whole() -> None:
    points = spent(impact())
    assert [share for _, share in points[:12]] == [0.0] * 12
    shares = [share for _, share in points]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(0.071)
    assert spent(impact(budget_share=None)) == spent(impact(counts=None)) == []


def test_the_newest_correction_counts_and_an_empty_one_takes_it_back() -> None:
    first = Correction("mona", START, Correctable.TITLE, "The vault")
    corrected = record(corrections=(first, Correction("kim", START + 1, Correctable.START, "5")))
    assert corrected.correction(Correctable.TITLE) == first
    assert corrected.correction(Correctable.END) is None
    back = replace(corrected, corrections=(*corrected.corrections, replace(first, text="")))
    assert back.correction(Correctable.TITLE) is None


def test_an_acknowledgement_that_was_taken_back_does_not_count() -> None:
    back, standing = Acknowledgement("kim", START + 60, START + 90), Acknowledgement("mona", START + 600)
    assert record(acknowledgements=(back, standing)).moments.to_acknowledge == 600.0
    assert record(acknowledgements=(back,)).moments.acknowledged is None


def test_rows_of_the_state_become_values() -> None:
    common = {"id": "1", "subject": "incident", "person": "mona", "added_at": START}
    [item] = people.action_items(
        [{**common, "content": "Test it", "owner": "kim", "due": "2025-10-20", "done_at": None, "changed_at": START}]
    )
    assert (item.due, item.is_done, item.incident) == (date(2025, 10, 20), False, "incident")
    assert item.is_late(date(2025, 10, 21))
    assert not item.is_late(date(2025, 10, 20))
    assert not replace(item, done_at=START).is_late(date(2030, 1, 1))
    odd = {**common, "content": "x", "owner": "", "due": "soon", "done_at": None}
    assert people.action_items([odd])[0].due is None
    newer = [{**common, "field": field, "content": "5"} for field in ("severity", "start")]
    assert [told.field for told in people.corrections(newer)] == [Correctable.START]


def test_action_items_are_listed_by_what_is_due_first() -> None:
    def item(number: str, **fields: object) -> ActionItem:
        return replace(ActionItem(id=number, incident="1", text="x"), **fields)  # type: ignore[arg-type]

    done, dated, late = item("a", done_at=1.0), item("b", due=date(2025, 2, 1)), item("c", due=date(2025, 1, 1))
    assert [each.id for each in people.by_urgency([done, item("d"), dated, late])] == ["c", "b", "d", "a"]


def test_moments_are_read_in_the_zone_of_whoever_writes_them() -> None:
    assert correcting.written(START, "Europe/Berlin") == "2025-10-09 10:30"
    for text in ("2025-10-09 10:30", " 2025-10-09T10:30:00 ", "2025-10-09T08:30Z"):
        assert correcting.read(text, "Europe/Berlin") == START
    assert correcting.read(" ", "UTC") is None
    for text in ("yesterday", "99999-01-01", "2025-10-09 25:00", "<b>"):
        with pytest.raises(CorrectionRefused, match="is no time: write it as 2026-11-19 14:07"):
            correcting.read(text, "UTC")


NOW = START + 7200
DERIVED = Moments(START, START + 600, None, None)


@pytest.mark.parametrize(
    ("derived", "fields", "sentence"),
    [
        (DERIVED, {"end": START - 60}, "the end must lie after the start"),
        (DERIVED, {"end": NOW + 60}, "the times must not lie in the future"),
        (DERIVED, {"start": START - 32 * 86_400}, "within 31 days of the derived start"),
        (DERIVED, {"detected": START + 601}, "cannot have been detected after its end"),
        (replace(DERIVED, end=None), {"end": START + 60}, "goes on by its data"),
    ],
    ids=["end before start", "future", "far", "detected after the end", "an open one has no end"],
)
def test_moments_that_contradict_one_another_are_refused(
    derived: Moments, fields: dict[str, float], sentence: str
) -> None:
    with pytest.raises(CorrectionRefused, match=sentence):
        correcting.check(derived, replace(derived, **fields), NOW)
    correcting.check(derived, derived, NOW)


def test_a_title_is_one_line_of_some_length() -> None:
    assert correcting.title("  The \n vault ") == "The vault"
    with pytest.raises(CorrectionRefused, match="longer than 200 characters"):
        correcting.title("x" * 201)
