"""Which queries cannot tell good from bad: only the whole SLO shows it."""

from dataclasses import replace

import pytest

from dashboard.slo.indicators import Composite, Op, Part, Query, Ratio, Raw, Threshold
from dashboard.slo.selections import Lack, LackKind, Selection, blind_queries

BAD, VALID = Query("bad", counter=True), Query("valid", counter=True)
RATIO = Ratio(VALID, bad=BAD)
METRIC = Lack(LackKind.METRIC, "x_total")
LABEL = Lack(LackKind.LABEL, "x_total", "cod", 'cod=~"5.."')
FILTER = Lack(LackKind.LABEL, "x_total", "env", 'env!="test"', shared=True)
VALUE = Lack(LackKind.VALUE, "x_total", "job", 'job="chekout"')


def blind(indicator=RATIO, *, bad=(), valid=(), exact=(), answered=()) -> list[tuple[str, Lack]]:
    """Queries of an indicator that are blind, where its queries lack something."""
    selections = {"bad": Selection("bad", 0, frozenset(bad)), "valid": Selection("valid", 4, frozenset(valid))}
    selections["valid"] = replace(selections["valid"], exact=frozenset(exact))
    found = blind_queries(indicator, selections, set(answered))
    return [(blindness.query.text, blindness.lack) for blindness in found]


def test_nothing_is_blind_that_lacks_nothing() -> None:
    assert blind() == []
    assert list(blind_queries(RATIO, {}, set())) == [], "and nothing of what nobody knows"


def test_a_metric_that_never_was_counts_nothing_and_one_that_was_counts() -> None:
    assert blind(bad=[METRIC]) == [("bad", METRIC)]
    assert blind(bad=[METRIC], answered=["bad"]) == []
    assert blind(valid=[METRIC], answered=["bad"]) == [("valid", METRIC)]


def test_a_label_that_no_series_has_blinds_whatever_was_answered() -> None:
    assert blind(bad=[LABEL], answered=["bad", "valid"]) == [("bad", LABEL)]


def test_a_filter_of_all_queries_blinds_none_and_one_of_a_single_side_blinds() -> None:
    assert blind(bad=[FILTER], valid=[FILTER]) == []
    assert blind(bad=[FILTER]) == [("bad", FILTER)]
    other = replace(FILTER, condition='env!="prod"')
    assert blind(bad=[FILTER], valid=[other]) == [("bad", FILTER), ("valid", other)][::-1]
    split = replace(FILTER, shared=False)
    assert blind(bad=[FILTER], valid=[split]) == [("valid", split), ("bad", FILTER)]


def test_a_value_blinds_only_where_the_other_side_asks_for_another_one() -> None:
    elsewhere = [("x_total", "job", 'job="checkout"')]
    assert blind(bad=[VALUE]) == []
    assert blind(bad=[VALUE], exact=elsewhere) == [("bad", VALUE)]
    assert blind(bad=[VALUE], exact=elsewhere, answered=["bad"]) == []
    assert blind(bad=[VALUE], exact=[*elsewhere, ("x_total", "job", 'job="chekout"')]) == []
    assert blind(bad=[VALUE], exact=[("y_total", "job", 'job="checkout"')]) == []


@pytest.mark.parametrize("indicator", [Raw(BAD), Threshold(BAD, Op.LT, 1.0)])
def test_a_single_query_may_filter_by_what_is_not_there(indicator: Raw | Threshold) -> None:
    assert blind(indicator, bad=[FILTER]) == []
    assert blind(indicator, bad=[replace(FILTER, shared=False)]) == [("bad", replace(FILTER, shared=False))]


def test_parts_of_a_composite_are_looked_at_one_by_one() -> None:
    parts = Composite((Part(RATIO, 0.9), Part(Ratio(VALID, good=VALID), 0.9)))
    assert blind(parts, bad=[FILTER], valid=[FILTER]) == []
    assert blind(parts, bad=[LABEL]) == [("bad", LABEL)]
