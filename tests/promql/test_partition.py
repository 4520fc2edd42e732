"""A query about the values of a label can be put in parts where the answers about them become the answer about all."""

import pytest

from dashboard.promql import Merge, about, labels_to_part_by, merge_by

UNLESS = 'group by (__name__, job) (({__name__=~".+_total",code!=""} or {__name__=~".+_n"}) unless on (job, cell) b)'


@pytest.mark.parametrize(
    ("text", "label", "merge"),
    [
        ("x", "job", Merge.APART),
        ("count by (job) (x)", "job", Merge.APART),
        ("count by (job) (x)", "pod", Merge.ADD),
        ("sum by (job) (rate(x[5m]))", "pod", Merge.ADD),
        ("max by (job) (count_over_time(x[1m]))", "pod", Merge.LARGEST),
        ("min(x)", "pod", Merge.SMALLEST),
        ("group by (job) (x)", "pod", Merge.LARGEST),
        ("count(count without (replica) (x) > 1)", "pod", Merge.ADD),
        ("count(count without (replica) (x) > 1)", "replica", None),
        ("group by (job) (count by (job, cell) (x) > 1)", "pod", None),
        ("group by (job) (count by (job, cell) (x) > 1)", "cell", Merge.LARGEST),
        ("sum by (job) (x) * 300", "pod", None),
        ("sum by (job) (x) * 300", "job", Merge.APART),
        ("avg by (job) (x)", "pod", None),
        ("quantile(0.5, x)", "pod", None),
        ("topk(3, x)", "pod", None),
        ("absent(x)", "job", None),
        ("histogram_quantile(0.5, x)", "job", None),
        ("group(sum by (pod) (a) / on (pod) sum by (pod) (b))", "pod", Merge.LARGEST),
        ("group(sum by (pod) (a) / on (pod) sum by (pod) (b))", "job", None),
        ("group(a / ignoring (mode) b)", "job", Merge.LARGEST),
        ("group(a / ignoring (mode) b)", "mode", None),
        ("count by (job) ((x or last_over_time(x[1h])))", "pod", Merge.ADD),
        ("count(x)", "__name__", None),
        ('count({__name__=~"x|y"})', "__name__", Merge.ADD),
        ('count({__name__=~"x|y"} or x)', "__name__", None),
        (UNLESS, "__name__", Merge.APART),
        (UNLESS, "pod", Merge.LARGEST),
    ],
)
def test_what_becomes_of_equal_rows(text: str, label: str, merge: Merge | None) -> None:
    assert merge_by(text, label) is merge


@pytest.mark.parametrize(
    ("text", "label", "part"),
    [
        ("count by (job) (x)", "job", 'count by (job) (x{job="v"})'),
        (
            "count by (job) (x or last_over_time(x[1h]))",
            "pod",
            'count by (job) (x{pod="v"} or last_over_time(x{pod="v"}[1h]))',
        ),
        # What is looked up by other labels stays whole.
        ("x unless on (job, cell) y", "job", 'x{job="v"} unless on (job, cell) y{job="v"}'),
        ("x unless on (job, cell) y", "pod", 'x{pod="v"} unless on (job, cell) y'),
        ("x unless y", "pod", 'x{pod="v"} unless y{pod="v"}'),
        (
            '{__name__=~"a|b"} unless on (job) {__name__=~"c|d"}',
            "__name__",
            '{__name__=~"a|b",__name__="v"} unless on (job) {__name__=~"c|d"}',
        ),
    ],
)
def test_the_part_about_a_value(text: str, label: str, part: str) -> None:
    assert about(text, label, f'{label}="v"') == part


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("count by (job, le) (x)", ("job", "le")),
        ('count by (__name__, job) ({__name__=~"a|b"})', ("__name__", "job")),
        (UNLESS, ("job", "__name__")),
        ("count without (pod) (x)", ()),
        ("x", ()),
    ],
)
def test_which_labels_a_query_may_be_put_in_parts_by(text: str, labels: tuple[str, ...]) -> None:
    assert labels_to_part_by(text) == labels
