"""Which selectors of a query decide what it gives, and what a label that no series has means to each of them."""

import pytest

from dashboard.promql import LabelMatcher, Selector, selectors, unmet

# Query → texts of the selectors that decide.
DECIDING = {
    'sum(rate(x{a="b"}[5m] offset 1h))': ['x{a="b"}'],
    "sum(x) / sum(y)": ["x", "y"],
    "sum(x) + sum(x)": ["x"],
    "absent(x) * sum(y)": ["y"],
    "absent_over_time(x[5m])": [],
    "sum(x unless y)": ["x"],
    "sum(x and y)": ["x", "y"],
    "x * on(pod) group_left() kube_pod_info": ["x", "kube_pod_info"],
    "max_over_time(sum(x)[1h:5m])": ["x"],
    'x{le="1"}': ['x{le=~"1([.]0*)?"}'],
    "vector(1)": [],
    "sum(x) default 0": [],
    "sum(": [],
    "sum(rate(x[{{.window}}]))": ["x"],
}
# Query → what it lacks if every selector of `bad` lacks something.
UNMET = {
    "bad": {"bad"},
    "bad + good": {"bad"},
    "bad or good": set(),
    "good or bad": set(),
    'bad or bad{a="b"}': {"bad"},
    "bad or vector(0)": {"bad"},
    "vector(0) or bad": {"bad"},
    "(bad or good) / good": set(),
    "(bad or vector(0)) / good": {"bad"},
    "good unless bad": set(),
    "absent(bad)": set(),
    "+".join(["bad"] * 900): set(),  # too deep to look at
    "sum(": set(),
}
# Matcher → (a series without the label matches, it asks for the label, nothing hangs on the label's name).
MEANINGS = {
    ("=", "a"): (False, False, False),
    ("=", ""): (True, False, True),
    ("!=", "a"): (True, False, False),
    ("!=", ""): (False, True, False),
    ("=~", "5.."): (False, False, False),
    ("=~", "(5..)?"): (True, False, False),
    ("=~", ".*"): (True, False, True),
    ("=~", ".+"): (False, True, False),
    ("!~", "5.."): (True, False, False),
    ("!~", ".*"): (False, False, False),
    ("=~", "("): (False, False, False),
    ("!~", "("): (True, False, False),
}


@pytest.mark.parametrize("query", DECIDING)
def test_selectors_that_may_be_missing_do_not_decide(query: str) -> None:
    assert [selector.text for selector in selectors(query)] == DECIDING[query]


def lacking(selector: Selector) -> frozenset[str]:
    return frozenset({"bad"} if selector.metric == "bad" else ())


@pytest.mark.parametrize("query", UNMET, ids=lambda query: query[:30])
def test_one_side_of_or_is_enough_unless_it_selects_nothing_ever(query: str) -> None:
    assert unmet(query, lacking) == UNMET[query]


@pytest.mark.parametrize(("condition", "meaning"), MEANINGS.items())
def test_what_a_missing_label_means(condition: tuple[str, str], meaning: tuple[bool, bool, bool]) -> None:
    matcher = LabelMatcher("label", *condition)
    assert (matcher.accepts_missing, matcher.asks_for_the_label, matcher.is_open) == meaning


def test_a_metric_is_known_by_its_name_wherever_that_stands() -> None:
    names = {
        '{__name__="x",a="b"}': "x",
        '{"a.b"}': "a.b",
        '{a="b",__name__=~"x|y"}': '{__name__=~"x|y"}',
        '{__name__!="x",__name__=~"x.*"}': '{__name__!="x",__name__=~"x.*"}',
        '{a="b",__name__!="x"}': "",
        'x{a="b" or c="d"}': "",
    }
    for text, metric in names.items():
        (selector,) = selectors(text)
        assert selector.metric == metric, text
        assert all(matcher.label != "__name__" for matcher in selector.matchers)
