"""The selection at fault is named, nothing more and nothing less; what is alike everywhere has no single cause."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard.oncall.combinations import Combinations
from dashboard.oncall.explanation import Verdict, explain
from dashboard.oncall.selection_scores import scored
from tests.oncall.tables import LABELS, drawn

ROUTE, PAIR = {"route": "/pay"}, {"route": "/pay", "version": "42"}
TRIPLE = {"route": "/pay", "version": "42", "zone": "b"}


def selections(table: Combinations) -> list[dict[str, str]]:
    return [selection.labels for selection in explain(table).selections]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    "guilty", [ROUTE, {"version": "42"}, {"zone": "c"}, PAIR, TRIPLE], ids=lambda guilty: ",".join(guilty)
)
def test_the_smallest_selection_at_fault_is_named(guilty: dict[str, str], seed: int) -> None:
    assert selections(drawn((guilty, 0.05), seed=seed)) == [guilty]


def test_a_fault_that_touches_one_part_of_its_value_more_is_still_that_value() -> None:
    assert selections(drawn((ROUTE, 0.02), (PAIR, 0.04))) == [ROUTE]


@pytest.mark.parametrize(
    "faults",
    [
        ((ROUTE, 0.06), ({"route": "/help"}, 0.06)),
        ((PAIR, 0.2), ({"route": "/list", "zone": "c"}, 0.2)),
        (({"zone": "b"}, 0.3), ({"route": "/help", "version": "42"}, 0.3)),
        (({"zone": "a"}, 0.3), ({"version": "42"}, 0.3)),
        (({"zone": "a"}, 0.3), ({"route": "/cart"}, 0.3)),
    ],
    ids=["of one label", "of different labels", "a small one", "it explains the rest", "none is a part of another"],
)
def test_two_independent_causes_are_two_selections(faults: tuple[tuple[dict[str, str], float], ...]) -> None:
    assert sorted(map(str, selections(drawn(*faults)))) == sorted(str(cause) for cause, _ in faults)


def test_a_large_value_does_not_hide_the_cause_in_it_where_hardly_anything_failed_before() -> None:
    causes = {"version": "42"}, {"zone": "b"}
    assert selections(drawn(*((cause, 0.3) for cause in causes), ratio=0.0005, valid=400, seed=5)) == list(causes)


@pytest.mark.parametrize("seed", range(6))
def test_what_is_worse_alike_everywhere_has_no_single_cause(seed: int) -> None:
    explanation = explain(drawn(everywhere=4, seed=seed))
    assert (explanation.verdict, explanation.selections) == (Verdict.NO_SINGLE_CAUSE, ())
    # With what was tried: 4 + 2 + 3 values, 8 + 12 + 6 pairs, 24 triples.
    assert (explanation.tried, explanation.labels) == (59, {"route": 4, "version": 2, "zone": 3})
    assert explanation.strongest is not None


@pytest.mark.parametrize("seed", range(6))
def test_where_nothing_has_changed_nothing_is_explained(seed: int) -> None:
    assert explain(drawn(seed=seed)).verdict is Verdict.NOT_WORSE


def test_usual_noise_beyond_chance_is_seldom_a_cause() -> None:
    """Each combination fails a quarter more or less than usual, and so many fail that chance plays no part in it."""
    named = 0
    for seed in range(40):
        table = drawn(valid=40_000, ratio=0.01, seed=seed)
        wobble = np.random.default_rng(seed).lognormal(0, 0.25, len(table))
        named += bool(selections(replace(table, bad=np.floor(table.bad_before * wobble))))
    assert named <= 3


@pytest.mark.parametrize("seed", range(1, 4))
def test_causes_without_which_it_would_stay_bad_are_none(seed: int) -> None:
    """All fail six times as often, and one route more than twice as often as the others do now."""
    explanation = explain(drawn((ROUTE, 0.02), everywhere=6, valid=20_000, seed=seed))
    assert (explanation.verdict, explanation.selections) == (Verdict.NO_SINGLE_CAUSE, ())


def test_a_value_that_only_shares_the_fault_of_another_label_is_no_second_cause() -> None:
    assert {"zone": "b"} not in selections(drawn((PAIR, 0.15), ({"zone": "c"}, 0.06), seed=2))


def test_little_that_was_known_before_proves_nothing() -> None:
    """Two hundred events of each combination before, and four thousand now."""
    for seed in range(40):
        table, short = drawn(seed=seed), drawn(valid=200, seed=1000 + seed)
        assert selections(replace(table, bad_before=short.bad_before, valid_before=short.valid_before)) == []


def test_the_numbers_of_a_selection_prove_it() -> None:
    table = drawn((PAIR, 0.05))
    explanation = explain(table)
    (cause,) = explanation.selections
    codes = [table.values[place].index(cause.labels[label]) for place, label in enumerate(("route", "version"))]
    inside = (table.codes[0] == codes[0]) & (table.codes[1] == codes[1])
    counts = cause.counts
    assert (counts.bad, counts.valid) == (table.bad[inside].sum(), table.valid[inside].sum())
    assert counts.ratio_before == table.bad_before[inside].sum() / table.valid_before[inside].sum()
    assert cause.share_of_bad == table.bad[inside].sum() / table.bad.sum()
    assert cause.traffic_share == table.valid[inside].sum() / table.valid.sum()
    assert explanation.ratio_without == table.bad[~inside].sum() / table.valid[~inside].sum() == cause.ratio_without
    assert cause.share_of_additional == pytest.approx(1, abs=0.1)


def test_a_big_healthy_value_is_never_blamed() -> None:
    """Nine in ten failures are of the busiest route, as ever; the additional ones are of another."""
    table = drawn((ROUTE, 0.03))
    busy = table.codes[0] == table.values[0].index("/list")
    more = {name: np.where(busy, 30, 1) * getattr(table, name) for name in ("bad_before", "valid_before", "valid")}
    bad = np.where(busy, more["bad_before"], table.bad)
    assert bad[busy].sum() > 0.5 * bad.sum()
    assert selections(replace(table, **more, bad=bad)) == [ROUTE]


def test_a_value_that_was_not_there_before_can_be_guilty() -> None:
    table = drawn(({"version": "42"}, 0.05))
    new = table.codes[1] == table.values[1].index("42")
    before = {name: np.where(new, 0, getattr(table, name)) for name in ("bad_before", "valid_before")}
    explanation = explain(replace(table, **before))
    assert [cause.labels for cause in explanation.selections] == [{"version": "42"}]
    assert explanation.selections[0].counts.ratio_before is None


def test_a_service_that_never_failed_has_its_cause_named() -> None:
    table = drawn((ROUTE, 0.02), ratio=0.0)
    assert table.bad_before.sum() == 0
    assert selections(table) == [ROUTE]


def test_one_bad_event_explains_nothing() -> None:
    table = drawn(ratio=0.0)
    one = np.zeros(len(table))
    one[5] = 1
    assert selections(replace(table, bad=one)) == []


def test_a_cause_is_seen_where_the_service_as_a_whole_has_become_better() -> None:
    table = drawn((ROUTE, 0.01), ratio=0.02)
    others = table.codes[0] != table.values[0].index("/pay")
    better = replace(table, bad=np.where(others, np.floor(table.bad / 3), table.bad))
    assert better.bad.sum() < better.bad_before.sum()
    assert selections(better) == [ROUTE]


def test_what_is_the_same_everywhere_is_not_tried() -> None:
    explanation = explain(drawn((PAIR, 0.05), labels={"cluster": ("eu",), **LABELS}))
    assert [cause.labels for cause in explanation.selections] == [PAIR]
    assert "cluster" not in explanation.labels


def test_of_two_labels_that_say_the_same_one_is_named() -> None:
    """A pod and its address."""
    table = drawn(({"version": "42"}, 0.05))
    values = (*table.values, tuple(f"10.0.0.{value}" for value in table.values[1]))
    twice = replace(
        table, labels=(*table.labels, "address"), values=values, codes=np.vstack([table.codes, table.codes[1]])
    )
    assert selections(twice) == [{"version": "42"}]


def test_a_label_that_is_tried_alone_is_named_where_the_others_have_no_cause() -> None:
    table = drawn(({"zone": "c"}, 0.05))
    others, alone = table.only([0, 1]), table.only([2])
    explanation = explain(others, [alone])
    assert [cause.labels for cause in explanation.selections] == [{"zone": "c"}]
    assert explanation.labels == {"route": 4, "version": 2, "zone": 3}
    assert explanation.tried == 4 + 2 + 8 + 3
    by_route = drawn((ROUTE, 0.05))
    explanation = explain(by_route.only([0, 1]), [by_route.only([2])])
    assert [cause.labels for cause in explanation.selections] == [ROUTE]


def test_without_labels_or_events_it_says_so() -> None:
    assert explain(drawn(labels={"cluster": ("eu",)})).verdict is Verdict.NO_LABELS
    assert explain(Combinations.empty()).verdict is Verdict.NO_EVENTS
    table = drawn((ROUTE, 0.1))
    nothing = np.zeros(len(table))
    for name in ("valid", "valid_before"):
        gone = replace(table, **{name: nothing, name.replace("valid", "bad"): nothing})
        assert explain(gone).verdict is Verdict.NO_EVENTS


def test_the_order_of_combinations_and_labels_changes_nothing() -> None:
    table = drawn((PAIR, 0.05), ({"zone": "c"}, 0.05))
    turned = np.random.default_rng(5).permutation(len(table))
    arrays = {name: getattr(table, name)[turned] for name in ("bad_before", "valid_before", "bad", "valid")}
    mixed = replace(
        table, labels=table.labels[::-1], values=table.values[::-1], codes=table.codes[::-1, turned], **arrays
    )
    assert [dict(sorted(each.items())) for each in selections(mixed)] == [
        dict(sorted(each.items())) for each in selections(table)
    ]


def test_what_is_raised_by_a_rounding_alone_is_no_selection() -> None:
    """Counts of one table that only ever grow alike differ from what is expected by their last digit."""
    rng = np.random.default_rng(1)
    for _ in range(2000):
        usual = np.append(rng.uniform(1, 500, 3), 1000.0)
        observed = np.nextafter(np.nextafter(usual, np.inf), np.inf)
        observed[-1] = 900
        assert all(score < 0 for score, _ in scored(observed, usual, np.full(4, 5), 100.0, 3))
