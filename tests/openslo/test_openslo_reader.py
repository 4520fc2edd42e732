"""OpenSLO of every version, in every form a file may have, gives the objectives it means."""

import json
import time
from datetime import datetime

import pytest
import yaml

from dashboard.openslo.conversion import convert
from dashboard.openslo.openslo_reader import read_slos
from dashboard.openslo.openslo_writer import write_slos
from dashboard.slo.indicators import Column, Composite, Indicator, Op, Part, Query, Ratio, Raw, Threshold
from dashboard.slo.objective import Method, Slo
from dashboard.slo.windows import Calendar, Rolling, Unit, Window
from tests.damage import damaged
from tests.openslo import foreign
from tests.openslo.samples import ALERTED, RATIO, THRESHOLD, changed, only, only_diagnostic, reading

INDICATOR = RATIO[RATIO.index("  indicator:\n") : RATIO.index("  timeWindow:")]
OBJECTIVES = "  objectives:\n    - target: 0.999\n"
GOOD_SIDE = "type: Prometheus\n            spec: {query: 'sum(ok_requests)'}"
TOTAL_SIDE = "type: Prometheus\n            spec: {query: 'sum(all_requests)'}"


def test_a_ratio() -> None:
    assert only(RATIO) == Slo(
        "checkout",
        "checkout-availability",
        Ratio(Query("sum(all_requests)", counter=True), good=Query("sum(ok_requests)", counter=True)),
        0.999,
        title="Checkout works",
        description="Requests to checkout are answered.",
        origin="slo.yaml:1",
        labels={"team": "payments"},
    )


def test_a_threshold() -> None:
    assert only(THRESHOLD) == Slo(
        "checkout",
        "checkout-memory",
        Threshold(Column("checkout", "saturation", "memory"), Op.LTE, 0.9),
        0.99,
        kind="saturation",
        method=Method.TIMESLICES,
        window=Calendar(Unit.MONTH, 1, "Europe/Berlin", datetime(2026, 1, 1)),
        slice_s=300,
        limit=0.9,
        origin="slo.yaml:1",
    )


def test_json_and_lists_are_read_alike() -> None:
    documents = list(yaml.safe_load_all(ALERTED))
    assert only(json.dumps(documents)) == only(ALERTED)
    assert only(json.dumps(documents, indent=1)).origin == "slo.yaml:2"


def test_objects_refer_to_one_another_across_files() -> None:
    files = dict(zip("dcba", ALERTED.split("---\n"), strict=False))
    sli = RATIO[RATIO.index("    spec:\n") : RATIO.index("  timeWindow")].replace("\n    ", "\n")[4:]
    files["d"] = files["d"].replace(INDICATOR, "  indicatorRef: ok\n")
    files["e"] = "apiVersion: openslo/v1\nkind: SLI\nmetadata: {name: ok}\n" + sli
    result = read_slos(files)
    assert [str(diagnostic) for diagnostic in result.diagnostics] == []
    assert result.slos[0].indicator == only(RATIO).indicator
    assert result.slos[0].policy == only(ALERTED).policy
    assert result.slos[0].origin == "d:1"


@pytest.mark.parametrize("kind", ["Prometheus", "prometheus", "Thanos", "amazon-prometheus"])
def test_a_data_source_says_what_a_source_is(kind: str) -> None:
    text = changed(RATIO, GOOD_SIDE, "metricSourceRef: metrics\n            spec: {promql: 'sum(ok_requests)'}")
    source = f"---\napiVersion: openslo/v1\nkind: DataSource\nmetadata: {{name: metrics}}\nspec: {{type: {kind}}}\n"
    assert only(text + source).indicator == only(RATIO).indicator


def test_a_data_source_may_say_signals() -> None:
    text = changed(RATIO, GOOD_SIDE, "metricSourceRef: own\n            spec: {measure: latency, le: 300ms}")
    source = "---\napiVersion: openslo/v1\nkind: DataSource\nmetadata: {name: own}\nspec: {type: signals}\n"
    slo = only(text + source)
    assert (slo.indicator.good, slo.kind, slo.limit) == (Column("checkout", "latency", "0.3"), "latency", 0.3)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("names", "diagnostics"),
    [
        ([], []),
        (["checkout", "cart"], []),
        (["chekout"], ["there is no Service 'checkout' in these files; did you mean chekout?"]),
    ],
)
def test_a_service_is_noted_where_others_are_described(names: list[str], diagnostics: list[str]) -> None:
    services = [
        f"---\napiVersion: openslo/v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{}}\n" for name in names
    ]
    result = reading(RATIO + "".join(services))
    assert len(result.slos) == 1
    assert [diagnostic.what for diagnostic in result.diagnostics] == diagnostics
    assert not any(diagnostic.fatal for diagnostic in result.diagnostics)


@pytest.mark.parametrize(
    ("spec", "indicator"),
    [
        ("ratioMetric: {total: T, bad: G}", Ratio(Query("t"), bad=Query("g"))),
        ("ratioMetric: {counter: false, total: T, good: G}", Ratio(Query("t"), good=Query("g"))),
        ("ratioMetric: {counter: true, rawType: success, raw: G}", Raw(Query("g", counter=True))),
        ("ratioMetric: {rawType: failure, raw: G}", Raw(Query("g"), success=False)),
        ("ratioMetric: {rawType: Failure, raw: G}", Raw(Query("g"), success=False)),
        ("ratioMetric: {total: C, good: G}", Ratio(Query("c", counter=True), good=Query("g"))),
    ],
    ids=["bad events", "values", "a ready share of good", "of bad", "in other letters", "one that counts up"],
)
def test_ratios(spec: str, indicator: Indicator) -> None:
    for name, query in (("T", "query: t"), ("G", "query: g"), ("C", "query: c, counter: true")):
        spec = spec.replace(f": {name}", f": {{metricSource: {{spec: {{{query}}}}}}}")
    text = changed(RATIO, INDICATOR, f"  indicator: {{metadata: {{name: x}}, spec: {{{spec}}}}}\n")
    assert reading(text).slos[0].indicator == indicator


@pytest.mark.parametrize(
    ("spec", "column"),
    [
        ("measure: requests", Column("checkout", "requests")),
        ("measure: errors", Column("checkout", "errors", "server")),
        ("measure: errors, detail: client", Column("checkout", "errors", "client")),
        ("measure: latency", Column("checkout", "latency", "inf")),
        ("measure: latency, le: 0.3", Column("checkout", "latency", "0.3")),
        ("measure: latency, le: 1.0", Column("checkout", "latency", "1")),
        ("measure: latency, le: 300ms", Column("checkout", "latency", "0.3")),
        ("measure: latency, le: +Inf", Column("checkout", "latency", "inf")),
        ("measure: latency, detail: '0.5'", Column("checkout", "latency", "0.5")),
        ("measure: failed_latency, le: 2s", Column("checkout", "failed_latency", "2")),
        ("measure: Requests, service: cart", Column("cart", "requests")),
    ],
)
def test_columns_that_are_counted(spec: str, column: Column) -> None:
    slo = only(changed(RATIO, GOOD_SIDE, f"type: Signals\n            spec: {{{spec}}}"))
    assert slo.indicator == Ratio(Query("sum(all_requests)", counter=True), good=column)


@pytest.mark.parametrize(
    ("spec", "column", "kind"),
    [
        ("measure: saturation, detail: pool", Column("checkout", "saturation", "pool"), "saturation"),
        ("measure: usage, detail: in flight", Column("checkout", "usage", "in flight"), "saturation"),
        ("measure: quantile, detail: 0.95", Column("checkout", "quantile", "0.95"), "latency"),
        ("measure: mean", Column("checkout", "mean"), "latency"),
        ("measure: age", Column("checkout", "age"), "freshness"),
    ],
)
def test_columns_that_are_compared(spec: str, column: Column, kind: str) -> None:
    slo = only(changed(THRESHOLD, "measure: saturation, detail: memory", spec))
    assert (slo.indicator, slo.kind, slo.limit) == (Threshold(column, Op.LTE, 0.9), kind, 0.9)


@pytest.mark.parametrize(
    ("entry", "window"),
    [
        ("{duration: 28d, isRolling: true}", Rolling(28 * 86400.0)),
        ("{duration: 4w, isRolling: true}", Rolling(28 * 86400.0)),
        ("{duration: 12h, isRolling: true}", Rolling(43200.0)),
        ("{duration: 1M, isRolling: true}", Calendar(Unit.MONTH, zone="Asia/Tokyo", rolling=True)),
        ("{duration: 1Q, isRolling: true}", Calendar(Unit.QUARTER, zone="Asia/Tokyo", rolling=True)),
        ("{duration: 1Y, isRolling: true}", Calendar(Unit.YEAR, zone="Asia/Tokyo", rolling=True)),
        (
            "{duration: 2w, isRolling: false, calendar: {startTime: 2022-01-01 12:00:00, timeZone: America/New_York}}",
            Calendar(Unit.WEEK, 2, "America/New_York", datetime(2022, 1, 1, 12)),
        ),
        (
            "{duration: 1Q, isRolling: false, calendar: {startTime: '2026-02-01 00:00:00', timeZone: UTC}}",
            Calendar(Unit.QUARTER, 1, "UTC", datetime(2026, 2, 1)),
        ),
    ],
)
def test_windows(entry: str, window: Window) -> None:
    text = changed(RATIO, "    - duration: 30d\n      isRolling: true\n", f"    - {entry}\n")
    result = read_slos({"slo.yaml": text}, zone="Asia/Tokyo")
    assert (result.diagnostics, result.slos[0].window) == ((), window)


def test_a_calendar_without_a_zone_has_that_of_the_configuration() -> None:
    text = changed(THRESHOLD, ", timeZone: Europe/Berlin", "")
    result = read_slos({"slo.yaml": text}, zone="Asia/Tokyo")
    assert (result.slos[0].window.zone, only_diagnostic(result).what) == (  # type: ignore[union-attr]
        "Asia/Tokyo", "missing: read as Asia/Tokyo, write the zone")  # fmt: skip


@pytest.mark.parametrize(
    ("percent", "objective"), [("99.9", 0.999), ("99.95", 0.9995), ("99.99", 0.9999), ("95", 0.95), ("5.5e1", 0.55)]
)
def test_percent_is_exact(percent: str, objective: float) -> None:
    assert only(changed(RATIO, "target: 0.999", f"targetPercent: {percent}")).objective == objective


@pytest.mark.parametrize(
    ("objectives", "names", "titles"),
    [
        (
            "[{displayName: Internal objective, target: 0.995}, {displayName: SLA, target: 0.99}]",
            ["checkout-availability-internal-objective", "checkout-availability-sla"],
            ["Checkout works: Internal objective", "Checkout works: SLA"],
        ),
        (
            "[{target: 0.995}, {target: 0.99}]",
            ["checkout-availability-1", "checkout-availability-2"],
            ["Checkout works", "Checkout works"],
        ),
        (
            "[{displayName: Same, target: 0.995}, {displayName: Same, target: 0.99}]",
            ["checkout-availability-same", "checkout-availability-2"],
            ["Checkout works: Same", "Checkout works: Same"],
        ),
        ("[{displayName: Only, target: 0.995}]", ["checkout-availability"], ["Checkout works"]),
    ],
    ids=["by what they are called", "by number", "by number where they are called alike", "one alone"],
)
def test_several_objectives_have_different_names(objectives: str, names: list[str], titles: list[str]) -> None:
    result = reading(changed(RATIO, OBJECTIVES, f"  objectives: {objectives}\n"))
    assert result.diagnostics == ()
    assert [slo.name for slo in result.slos] == names
    assert [slo.title for slo in result.slos] == titles
    assert {slo.indicator for slo in result.slos} == {only(RATIO).indicator}


def composite(objectives: str, method: str = "Occurrences", annotation: str = "owner: x") -> str:
    sli = "".join(
        f"---\napiVersion: openslo/v1\nkind: SLI\nmetadata: {{name: {name}}}\nspec:\n"
        f"  ratioMetric:\n    good: {{metricSource: {{spec: {{query: {name}}}}}}}\n"
        "    total: {metricSource: {spec: {query: t}}}\n"
        for name in ("a", "b")
    )
    text = changed(changed(RATIO, INDICATOR, ""), OBJECTIVES, f"  objectives: {objectives}\n")
    return changed(changed(text, "owner: payments", annotation), "Occurrences", method) + sli


def parts(*weights: float) -> tuple[Part, ...]:
    shares = (0.98, 0.99)
    return tuple(
        Part(Ratio(Query("t"), good=Query(name)), share, weight)
        for name, share, weight in zip("ab", shares, weights, strict=True)
    )


def test_objectives_with_indicators_of_their_own_are_a_composite() -> None:
    slo = only(composite("[{indicatorRef: a, target: 0.98}, {indicatorRef: b, target: 0.99, compositeWeight: 2}]"))
    assert (slo.name, slo.kind, slo.indicator) == ("checkout-availability", "composite", Composite(parts(1, 2)))
    assert slo.objective == 0.99
    assert slo.notes == ("its parts have different objectives; 0.99, the strictest, is used",)


def test_the_objective_of_a_composite_may_be_said() -> None:
    text = composite(
        "[{indicatorRef: a, target: 0.98}, {indicatorRef: b, target: 0.99}]",
        annotation="golden-signals/objective: '0.97'",
    )
    assert (only(text).objective, only(text).notes) == (0.97, ())


@pytest.mark.parametrize(
    ("objectives", "key"),
    [
        ("[{indicatorRef: a, target: 0.98}, {target: 0.99}]", "spec.objectives[1].indicator"),
        ("[{indicatorRef: a, target: 0.98, compositeWeight: 0}]", "spec.objectives[0].compositeWeight"),
        ("[{indicatorRef: c, target: 0.98}]", "spec.objectives[0].indicatorRef"),
    ],
)
def test_composites_that_are_refused(objectives: str, key: str) -> None:
    result = reading(composite(objectives))
    assert (result.slos, only_diagnostic(result).key, only_diagnostic(result).fatal) == ((), key, True)


def test_the_parts_of_a_composite_are_cut_alike() -> None:
    fields = "target: 0.98, timeSliceTarget: 0.9, timeSliceWindow"
    result = reading(composite(f"[{{indicatorRef: a, {fields}: 5m}}, {{indicatorRef: b, {fields}: 1m}}]", "Timeslices"))
    assert result.slos == ()
    assert (only_diagnostic(result).key, only_diagnostic(result).line) == ("spec.objectives[1]", 15)


@pytest.mark.parametrize(
    ("method", "objective", "slices"),
    [
        ("Occurrences", "", (0, None)),
        ("Timeslices", "timeSliceTarget: 0.95, timeSliceWindow: 1m", (60, 0.95)),
        ("Timeslices", "timeSliceTarget: 1, timeSliceWindow: 15", (900, 1.0)),
        ("RatioTimeslices", "timeSliceWindow: 1h", (3600, None)),
        ("RatioTimeslices", "timeSliceWindow: 12h", (43200, None)),
        ("RatioTimeslices", "timeSliceWindow: 0.5", (30, None)),
    ],
)
def test_slices(method: str, objective: str, slices: tuple[int, float | None]) -> None:
    text = changed(RATIO, "budgetingMethod: Occurrences", f"budgetingMethod: {method}")
    slo = only(changed(text, "    - target: 0.999\n", f"    - {{target: 0.999, {objective}}}\n"))
    assert (slo.method, (slo.slice_s, slo.slice_target)) == (Method(method), slices)


def test_a_slice_without_its_share_keeps_the_objective() -> None:
    text = changed(RATIO, "budgetingMethod: Occurrences", "budgetingMethod: Timeslices")
    result = reading(changed(text, "target: 0.999", "target: 0.999\n      timeSliceWindow: 1m"))
    assert result.slos[0].slice_target is None
    assert only_diagnostic(result).key == "spec.objectives[0].timeSliceTarget"


@pytest.mark.parametrize("labels", ["{team: [a, b], env: prod}", "{team: 'a, b', env: [prod]}"])
def test_labels_are_texts_or_lists_of_them(labels: str) -> None:
    assert only(changed(RATIO, "{team: payments}", labels)).labels == {"team": "a, b", "env": "prod"}


def test_v1alpha() -> None:
    result = reading(foreign.V1ALPHA)
    assert result.diagnostics == ()
    first, second = result.slos
    assert (first.name, first.objective, first.window) == ("checkout-answered", 0.999, Rolling(30 * 86400.0))
    assert first.indicator == Ratio(Query("sum(all_total)", counter=True), good=Query("sum(good_total)", counter=True))
    assert (second.name, second.title, second.kind, second.limit) == ("checkout-fast", "Checkout: Fast", "latency", 0.4)


def test_a_threshold_of_v1alpha_has_slices_of_a_minute() -> None:
    result = reading(foreign.V1ALPHA_THRESHOLD)
    (slo,) = result.slos
    assert slo.indicator == Threshold(Query("queue_length"), Op.LTE, 100)
    assert slo.window == Calendar(Unit.WEEK, 1, "America/New_York", datetime(2022, 1, 3))
    assert (slo.slice_s, only_diagnostic(result).key) == (60, "spec.objectives[0].timeSliceWindow")


def test_v2alpha() -> None:
    result = reading(foreign.V2ALPHA)
    assert result.diagnostics == ()
    first, second = result.slos
    assert first.indicator == Ratio(Query("sum(all_total)", counter=True), good=Query("sum(good_total)", counter=True))
    assert (first.method, first.slice_s, first.slice_target) == (Method.TIMESLICES, 60, 0.95)
    assert second.indicator == Threshold(Query("queue_length"), Op.LT, 100)
    assert (first.origin, second.origin) == ("slo.yaml:1", "slo.yaml:28")


@pytest.mark.parametrize("tool", ["Sloth", "Sloth resource", "Pyrra", "Nobl9"])
def test_files_of_other_tools_are_named_with_the_way_to_convert_them(tool: str) -> None:
    result = reading(foreign.EVERY[tool])
    assert (result.slos, only_diagnostic(result).fatal) == ((), True)
    assert (
        f"is written for {tool.split()[0]}, not in OpenSLO: `golden-signals check --convert`"
        in only_diagnostic(result).what
    )


# --- whatever a file holds ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_file_ends_in_slos_and_in_single_lines(seed: int) -> None:
    began, slo_count = time.process_time(), 0
    for text in damaged([ALERTED, THRESHOLD, *foreign.EVERY.values()], 100, seed=seed):
        result = reading(text)
        slo_count += len(result.slos)
        for diagnostic in (*result.diagnostics, *convert({"slo.yaml": text}).diagnostics):
            assert len(str(diagnostic).splitlines()) == 1
            assert str(diagnostic).startswith(f"slo.yaml:{diagnostic.line}: ")
            assert 1 <= diagnostic.line <= len(text.splitlines()) + 1
        if result.slos:
            assert [slo.name for slo in reading(write_slos(result.slos)).slos] == [slo.name for slo in result.slos]
    assert slo_count, "some damage does no harm"
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[" * 4000 + "]" * 4000, "slo.yaml:1: is nested deeper than 50 levels, which no SLO is"),
        ('{"a":' * 4000 + "1" + "}" * 4000, "slo.yaml:1: is nested deeper than 50 levels, which no SLO is"),
        (
            changed(RATIO, "target: 0.999", f"target: {'9' * 400}"),
            f"slo.yaml:29: spec.objectives[0].target: '{'9' * 60}…' is not a number: write for example 0.999",
        ),
        (
            changed(RATIO, "target: 0.999", f"target: 0.{'9' * 400}"),
            f"slo.yaml:29: spec.objectives[0].target: '0.{'9' * 58}…' is not a number: write for example 0.999",
        ),
        (
            changed(RATIO, "target: 0.999", f"targetPercent: {'9' * 400}"),
            f"slo.yaml:29: spec.objectives[0].targetPercent: '{'9' * 60}…' is not a number of percent: write for "
            "example 99.9",
        ),
        (
            changed(RATIO, "duration: 30d", f"duration: {'9' * 400}d"),
            f"slo.yaml:25: spec.timeWindow[0].duration: '{'9' * 60}…' is not a duration: write for example 30d",
        ),
    ],
    ids=["deep lists", "deep JSON", "400 digits", "400 decimals", "400 digits of percent", "400 digits of days"],
)
def test_what_is_far_too_long_or_deep_is_one_clear_line(text: str, said: str) -> None:
    began = time.process_time()
    assert (reading(text).slos, str(only_diagnostic(reading(text)))) == ((), said)
    assert time.process_time() - began < 2
