"""What is written reads back without a diagnostic, and means what it meant before."""

from dataclasses import replace

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.engine.default_slos import availability, latency, saturation
from dashboard.openslo.openslo_reader import read_slos
from dashboard.openslo.openslo_writer import write_slos
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
    result = read_slos({"slo.yaml": write_slos([slo])}, zone="Asia/Tokyo")
    assert result.diagnostics == (), [str(diagnostic) for diagnostic in result.diagnostics]
    assert len(result.slos) == 1
    return result.slos[0]


def without_place(slo: Slo) -> Slo:
    """An SLO without what depends on where it is written."""
    return replace(slo, origin="", notes=())


@PLAIN
@given(slos())
def test_any_slo_reads_back_as_it_was(slo: Slo) -> None:
    assert without_place(again(slo)) == without_place(slo)


@settings(PLAIN, max_examples=15)
@given(st.lists(slos(), min_size=1, max_size=4, unique_by=lambda slo: slo.name))
def test_several_slos_share_a_file_and_their_policies(written: list[Slo]) -> None:
    result = read_slos({"slo.yaml": write_slos(written)})
    assert result.diagnostics == ()
    assert [without_place(slo) for slo in result.slos] == [without_place(slo) for slo in written]


@pytest.mark.parametrize("slo", USUAL, ids=lambda slo: slo.name)
def test_the_default_objectives_read_back(slo: Slo) -> None:
    assert replace(again(slo), origin="default") == slo


@pytest.mark.parametrize("text", [RATIO, THRESHOLD, ALERTED], ids=["a ratio", "a threshold", "with alerts"])
def test_a_file_that_is_read_and_written_says_the_without_place(text: str) -> None:
    assert without_place(again(only(text))) == without_place(only(text))


def test_nothing_is_written_of_nothing() -> None:
    assert write_slos([]) == ""


def test_fields_stand_in_the_order_of_the_standard() -> None:
    document = yaml.safe_load(write_slos(USUAL[:1]))
    assert list(document) == ["apiVersion", "kind", "metadata", "spec"]
    assert list(document["spec"]) == ["service", "indicator", "timeWindow", "budgetingMethod", "objectives"]
    assert list(document["spec"]["indicator"]["spec"]["ratioMetric"]) == ["counter", "bad", "total"]


def test_a_query_of_several_lines_is_written_as_a_block() -> None:
    indicator = Ratio(Query("sum(all)"), good=Query("sum(\n  good\n)"))
    assert "query: |-\n                sum(\n                  good\n                )\n" in write_slos(
        [replace(USUAL[0], indicator=indicator)]
    )


def test_names_that_openslo_does_not_allow_are_replaced_and_kept_as_annotations() -> None:
    text = write_slos([replace(USUAL[0], name=name) for name in ("Check Out!", "check out", "日本")])
    documents = list(yaml.safe_load_all(text))
    assert [document["metadata"]["name"] for document in documents] == ["check-out", "check-out-2", "slo"]
    assert [slo.name for slo in read_slos({"x": text}).slos] == ["Check Out!", "check out", "日本"]


def test_equal_policies_are_written_once_with_one_condition_each() -> None:
    policy = Policy("own", (Row("page", 0.02, 3600, 300, 14.4), Row("ticket", 0.1, 86400, 7200, 3)))
    documents = list(yaml.safe_load_all(write_slos([replace(slo, policy=policy) for slo in USUAL])))
    kinds = [document["kind"] for document in documents]
    assert kinds.count("AlertPolicy") == kinds.count("AlertCondition") == 2
    policies = [document for document in documents if document["kind"] == "AlertPolicy"]
    assert all(len(document["spec"]["conditions"]) == 1 for document in policies)
    assert kinds.count("AlertNotificationTarget") == 1


def test_a_known_policy_is_named_and_not_written_out() -> None:
    text = write_slos([replace(USUAL[0], policy=WORKBOOK)])
    assert "golden-signals/policy: workbook" in text
    assert "AlertPolicy" not in text


def test_a_policy_without_rows_reads_back_as_none() -> None:
    slo = again(replace(USUAL[0], policy=Policy("quiet", ())))
    assert slo.policy == Policy("none", ())


def test_a_slice_that_openslo_cannot_say_is_an_annotation_beside_the_next_it_can() -> None:
    slo = replace(USUAL[0], method=Method.RATIO_TIMESLICES, slice_s=30)
    text = write_slos([slo])
    assert "timeSliceWindow: 1m" in text
    assert "golden-signals/slice: 30s" in text
    assert again(slo).slice_s == 30


def test_a_window_that_openslo_cannot_say_is_a_callers_mistake() -> None:
    with pytest.raises(ValueError, match=r"shop-availability: a window of 90 s cannot be written"):
        write_slos([replace(USUAL[0], window=Rolling(90))])
