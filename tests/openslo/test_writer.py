"""What is written reads back without a flaw, and means the same."""

from dataclasses import replace

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.engine.default_slos import availability, latency, saturation
from dashboard.openslo.reader import read
from dashboard.openslo.writer import write
from dashboard.slo.indicators import Query, Ratio
from dashboard.slo.objective import Method, Slo
from dashboard.slo.policy import WORKBOOK, Policy, Row
from dashboard.slo.windows import Rolling
from tests.openslo.samples import ALERTED, RATIO, THRESHOLD, only
from tests.openslo.strategies import slos

USUAL = [availability("shop"), latency("shop", 0.3), saturation("shop", "memory", 0.9, 0.99)]
PLAIN = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def again(slo: Slo) -> Slo:
    """An SLO that was written and read."""
    made = read({"slo.yaml": write([slo])}, zone="Asia/Tokyo")
    assert made.problems == (), [str(diagnostic) for diagnostic in made.problems]
    assert len(made.slos) == 1
    return made.slos[0]


def same(slo: Slo) -> Slo:
    """An SLO without what depends on where it is written."""
    return replace(slo, origin="", notes=())


@PLAIN
@given(slos())
def test_any_slo_reads_back_as_it_was(slo: Slo) -> None:
    assert same(again(slo)) == same(slo)


@settings(PLAIN, max_examples=15)
@given(st.lists(slos(), min_size=1, max_size=4, unique_by=lambda slo: slo.name))
def test_several_slos_share_a_file_and_their_policies(found: list[Slo]) -> None:
    made = read({"slo.yaml": write(found)})
    assert made.problems == ()
    assert [same(slo) for slo in made.slos] == [same(slo) for slo in found]


@pytest.mark.parametrize("slo", USUAL, ids=lambda slo: slo.name)
def test_the_default_objectives_read_back(slo: Slo) -> None:
    assert replace(again(slo), origin="default") == slo


@pytest.mark.parametrize("text", [RATIO, THRESHOLD, ALERTED], ids=["a ratio", "a threshold", "with alerts"])
def test_a_file_that_is_read_and_written_says_the_same(text: str) -> None:
    assert same(again(only(text))) == same(only(text))


def test_nothing_is_written_of_nothing() -> None:
    assert write([]) == ""


def test_fields_stand_in_the_order_of_the_standard() -> None:
    made = yaml.safe_load(write(USUAL[:1]))
    assert list(made) == ["apiVersion", "kind", "metadata", "spec"]
    assert list(made["spec"]) == ["service", "indicator", "timeWindow", "budgetingMethod", "objectives"]
    assert list(made["spec"]["indicator"]["spec"]["ratioMetric"]) == ["counter", "bad", "total"]


def test_a_query_of_several_lines_is_written_as_a_block() -> None:
    indicator = Ratio(Query("sum(all)"), good=Query("sum(\n  good\n)"))
    assert "query: |-\n                sum(\n                  good\n                )\n" in write(
        [replace(USUAL[0], indicator=indicator)]
    )


def test_names_that_openslo_does_not_allow_are_replaced_and_kept_as_annotations() -> None:
    found = [replace(USUAL[0], name=name) for name in ("Check Out!", "check out", "日本")]
    text = write(found)
    documents = list(yaml.safe_load_all(text))
    assert [one["metadata"]["name"] for one in documents] == ["check-out", "check-out-2", "slo"]
    assert [slo.name for slo in read({"x": text}).slos] == ["Check Out!", "check out", "日本"]


def test_equal_policies_are_written_once_with_one_condition_each() -> None:
    policy = Policy("own", (Row("page", 0.02, 3600, 300, 14.4), Row("ticket", 0.1, 86400, 7200, 3)))
    found = [replace(slo, policy=policy) for slo in USUAL]
    documents = list(yaml.safe_load_all(write(found)))
    kinds = [one["kind"] for one in documents]
    assert kinds.count("AlertPolicy") == kinds.count("AlertCondition") == 2
    assert all(len(one["spec"]["conditions"]) == 1 for one in documents if one["kind"] == "AlertPolicy")
    assert kinds.count("AlertNotificationTarget") == 1


def test_a_known_policy_is_named_and_not_written_out() -> None:
    text = write([replace(USUAL[0], policy=WORKBOOK)])
    assert "golden-signals/policy: workbook" in text
    assert "AlertPolicy" not in text


def test_a_policy_without_rows_reads_back_as_none() -> None:
    made = again(replace(USUAL[0], policy=Policy("quiet", ())))
    assert made.policy == Policy("none", ())


def test_a_slice_that_openslo_cannot_say_is_an_annotation_beside_the_next_it_can() -> None:
    slo = replace(USUAL[0], method=Method.RATIO_TIMESLICES, slice_s=30)
    text = write([slo])
    assert "timeSliceWindow: 1m" in text
    assert "golden-signals/slice: 30s" in text
    assert again(slo).slice_s == 30


def test_a_window_that_openslo_cannot_say_is_a_callers_mistake() -> None:
    with pytest.raises(ValueError, match=r"shop-availability: a window of 90 s cannot be written"):
        write([replace(USUAL[0], window=Rolling(90))])
