"""Rules for Prometheus: promtool accepts them, its verdicts are those of the engine, and its tests can fail."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from dashboard.durations import promql_duration
from dashboard.engine.default_slos import availability, latency, saturation
from dashboard.exceptions import SourceError
from dashboard.rules.recording import burn_rate_windows, series_selector
from dashboard.rules.rule_files import write_rules
from dashboard.rules.unit_tests import write_rule_tests
from dashboard.slo.exclusions import Exclusion
from dashboard.slo.indicators import Column, Composite, Key, Op, Part, Query, Ratio, Raw, Term, Threshold
from dashboard.slo.objective import Method, Slo
from dashboard.slo.policy import Policy, Row
from dashboard.slo.report import SloReport
from dashboard.slo.windows import Calendar, Rolling, Unit
from dashboard.timerange import DAY, HOUR
from tests.rules.promtool import check, counter, expression, failures, file_of, fires, near, words
from tests.slo.feeding import Fed, Rate
from tests.slow import SLOW, slow

MINUTE = 60
# Midnight of the fifteenth: hours, slices and months of the engine begin where promtool's time does.
START = 1_768_435_200

REQUESTS = Query('sum(rate(requests_total{job="api"}[5m]))', counter=True)
FAILED = Query('sum(rate(requests_total{job="api",code=~"5..|429"}[5m]))', counter=True)
ODD = Query(
    'sum by (instance) (\n  events_total{path="/a\\"b\\\\c", ort=\'Köln ☃\', text=~"x{{1}}|`"}\n) # {{not}} a template',
    counter=True,
)
ODD_FAILED = Query(
    'sum by (instance) (events_total{path="/a\\"b\\\\c",ort=\'Köln ☃\',text=~"x{{1}}|`",ok!="yes"})', counter=True
)
LEVEL = Query("queue_length")
HALVES = Composite(
    (
        Part(Ratio(Query("sum(one_total)", True), bad=Query('sum(one_total{code="500"})', True)), 0.99, weight=2.0),
        Part(Ratio(Query("sum(two_total)", True), good=Query('sum(two_total{code!="500"})', True)), 0.95),
    )
)
MIXED = Composite((Part(Ratio(REQUESTS, bad=FAILED), 0.99), Part(Threshold(LEVEL, Op.LT, 100.0), 0.9)))
OWN = Policy(
    "own",
    (
        Row("ticket", 0.01, 2 * HOUR, 600.0),
        Row("page", 0.3, 3 * HOUR, 900.0),
        Row("ticket", 0.2, 5 * HOUR, 1800.0, factor=3.21),
        Row("page", 0.9, 8 * HOUR, 3600.0),
    ),
    min_failures=50,
)


def sliced(name: str, indicator: Any, method: Method = Method.TIMESLICES, slice_s: int = 300, **how: Any) -> Slo:
    return Slo("api", name, indicator, 0.95, method=method, slice_s=slice_s, **how)


BROAD = (
    availability("shop"),
    latency("shop", 0.5),
    saturation("shop", "memory", 0.8, 0.99),
    availability("week", 0.99),
    replace(availability("weeks"), window=Rolling(28.0 * DAY)),
    replace(availability("days"), window=Rolling(7.0 * DAY), objective=0.9995),
    replace(availability("quarter"), window=Rolling(90.0 * DAY)),
    replace(availability("hours"), window=Rolling(5.0 * HOUR), policy=Policy("h", (Row("page", 0.2, HOUR, 300.0),))),
    replace(availability("month"), window=Calendar(Unit.MONTH, zone="Europe/Berlin")),
    replace(availability("own"), policy=OWN),
    replace(availability("alone"), policy=replace(OWN, min_failures=0)),
    Slo("api", "queries", Ratio(REQUESTS, bad=FAILED), 0.999),
    Slo('odd "service" \\ ü', "odd {{ name }} `x`", Ratio(ODD, bad=ODD_FAILED), 0.999),
    Slo("api", "good", Ratio(Query("a_total", True), good=Query('a_total{code!~"5.."}', True)), 0.99),
    Slo("api", "gauges", Ratio(Query("sum(seen)"), bad=Query('sum(seen{ok="no"})')), 0.99),
    Slo("api", "sums", Ratio(Query("sum(c_total) + sum(d_total)", True), bad=Query("sum(d_total)", True)), 0.99),
    Slo("api", "halves", HALVES, 0.99),
    Slo("api", "mixed", MIXED, 0.99),
    sliced("slices", Ratio(REQUESTS, bad=FAILED), slice_target=0.98),
    sliced("minutes", Ratio(REQUESTS, bad=FAILED), slice_s=60),
    sliced("quarters", Ratio(REQUESTS, bad=FAILED), slice_s=900),
    sliced("ratios", Ratio(REQUESTS, bad=FAILED), Method.RATIO_TIMESLICES),
    sliced("worst", MIXED),
    sliced("shares", HALVES, Method.RATIO_TIMESLICES),
    sliced("level", Threshold(LEVEL, Op.LTE, 0.25), Method.OCCURRENCES),
    sliced("least", Threshold(LEVEL, Op.GTE, -3.0)),
    sliced("below", Threshold(LEVEL, Op.LT, 100.0)),
    sliced("more", Threshold(LEVEL, Op.GT, 7.0)),
    sliced("raw", Raw(Query("good_ratio")), Method.OCCURRENCES),
    sliced("raw failures", Raw(Query("max(bad_ratio)"), success=False), Method.RATIO_TIMESLICES),
    sliced("raw slices", Raw(Query("good_ratio")), slice_target=0.9),
)
QUICK = Policy("quick", (Row("page", 0.02, HOUR, 300.0), Row("ticket", 0.05, 6 * HOUR, 1800.0)))


def groups(*slos: Slo) -> list[dict[str, Any]]:
    written: list[dict[str, Any]] = yaml.safe_load(write_rules(slos, expression).text)["groups"]
    return written


def group(slo: Slo) -> dict[str, Any]:
    """All rules of an SLO, as if they were one group."""
    parts = groups(slo)
    return {**parts[0], "rules": [rule for part in parts for rule in part["rules"]]}


def record(slo: Slo, name: str, **labels: str) -> str:
    """The expression of one recording rule."""
    expressions = [
        rule["expr"]
        for rule in group(slo)["rules"]
        if rule.get("record") == f"golden_signals:slo_{name}" and labels.items() <= rule["labels"].items()
    ]
    assert len(expressions) == 1, f"{name} {labels} is recorded {len(expressions)} times"
    return str(expressions[0])


def alert(slo: Slo, **labels: str) -> dict[str, Any]:
    alerts = [rule for rule in group(slo)["rules"] if "alert" in rule and labels.items() <= rule["labels"].items()]
    assert len(alerts) == 1, f"{labels} is {len(alerts)} alerts"
    return dict(alerts[0])


# --- what is written ----------------------------------------------------------------------------------------------


def test_each_objective_has_a_group_of_its_own() -> None:
    written = [[entry["name"], entry["interval"]] for entry in groups(*BROAD) if not entry["name"].endswith("-2")]
    assert [name for name, _ in written] == [f"golden-signals-{slo.name}" for slo in BROAD]
    assert {slo.name: interval for slo, (_, interval) in zip(BROAD, written, strict=True)} | {
        "shop-availability": "1m", "minutes": "1m", "slices": "5m", "quarters": "15m", "level": "5m"
    } == {slo.name: interval for slo, (_, interval) in zip(BROAD, written, strict=True)}  # fmt: skip


def test_no_group_has_more_rules_than_mimir_takes() -> None:
    """Its default limit is 20: https://grafana.com/docs/mimir/latest/configure/configuration-parameters/#limits."""
    rows = tuple(Row("ticket", 0.01 * hours, hours * HOUR, 300.0 * hours) for hours in range(1, 15))
    many = replace(availability("many"), policy=Policy("many", rows))
    sizes = {entry["name"]: len(entry["rules"]) for entry in groups(*BROAD, many)}
    assert max(sizes.values()) <= 20
    assert sizes["golden-signals-shop-availability-2"] > 0
    assert len([name for name in sizes if name.startswith("golden-signals-many")]) > 2


def test_an_alert_reads_nothing_of_a_group_behind_its_own() -> None:
    first, second = groups(availability("shop"))
    assert any("alert" in rule for rule in first["rules"])
    assert not any("alert" in rule for rule in second["rules"])
    behind = {rule["record"] for rule in second["rules"]}
    for rule in first["rules"]:
        assert not any(re.search(rf"{name}\b", rule["expr"]) for name in behind), rule


def test_groups_of_objectives_with_the_same_name_are_told_apart() -> None:
    document = yaml.safe_load(
        write_rules([replace(availability("a"), name="up"), replace(availability("b"), name="up")], expression).text
    )
    names = ["golden-signals-a-up", "golden-signals-a-up-2", "golden-signals-b-up", "golden-signals-b-up-2"]
    assert [entry["name"] for entry in document["groups"]] == names


def test_failures_that_are_absent_are_none_where_requests_are_there() -> None:
    bad = record(availability("shop"), "bad:increase5m")
    valid = 'sum(increase(http_requests_total{service="shop"}[5m]))'
    failed = valid.replace("}", ',code=~"5.."}')
    assert bad == f"({failed} or 0 * {valid}) and {valid}"
    assert record(availability("shop"), "valid:increase5m") == valid


def test_a_bucket_that_is_absent_is_unknown() -> None:
    bad = record(latency("shop", 0.5), "bad:increase5m")
    assert " or " not in bad
    assert bad.startswith('(sum(increase(http_request_duration_seconds_bucket{service="shop",le="+Inf"}[5m])) - ')


def test_long_windows_are_ratios_of_sums() -> None:
    slo = availability("shop")
    bad, valid = series_selector(slo, "bad:increase5m"), series_selector(slo, "valid:increase5m")
    for window, seconds in (("3d", 3 * DAY), ("30d", 30 * DAY)):
        ratio = f"sum_over_time({bad}[{seconds - 1}s:5m]) / (sum_over_time({valid}[{seconds - 1}s:5m]) > 0)"
        assert record(slo, "error_ratio", window=window) == ratio
    assert not re.search("avg", write_rules(BROAD[:2], expression).text), "ratios are never averaged"


def test_thresholds_are_written_without_noise_of_floating_point() -> None:
    assert re.findall(r"\d*\.\d*(?:0{6}|9{6})\d+", write_rules(BROAD, expression).text) == []
    thresholds = re.findall(r'window="1h"} > ([0-9.]+)', write_rules([BROAD[0], BROAD[4], BROAD[5]], expression).text)
    assert list(dict.fromkeys(thresholds)) == ["0.0144", "0.01344", "0.00672"]


def test_alerts_name_who_and_how_fast() -> None:
    page = alert(availability("shop"), long="1h")
    assert page["alert"] == "ErrorBudgetBurn"
    assert page["labels"] == {
        "severity": "page", "slo": "shop-availability", "service": "shop", "long": "1h", "short": "5m"
    }  # fmt: skip
    assert "for" not in page, "the short window does what `for` would do"


def test_a_slower_rule_of_the_same_severity_is_not_suppressed() -> None:
    slo = availability("shop")
    assert "unless" not in alert(slo, long="6h")["expr"]
    assert alert(slo, long="1d")["expr"].count("unless") == 2


def test_few_failures_count_only_where_events_are_counted() -> None:
    assert (
        'slo_bad:increase{slo="shop-availability",service="shop",window="1h"} >= 5'
        in alert(BROAD[0], long="1h")["expr"]
    )
    assert "slo_bad" not in alert(BROAD[2], long="1h")["expr"]
    assert "slo_bad" not in alert(replace(availability("x"), policy=replace(OWN, min_failures=0)), long="2h")["expr"]


# --- what cannot be said ------------------------------------------------------------------------------------------


def _note(slo: Slo, **options: Any) -> str:
    (note,) = write_rules([slo], expression, **options).notes
    return note


def _refusing(term: Term) -> str:
    raise SourceError("no service 'x' was found")


@pytest.mark.parametrize(
    ("slo", "how", "why"),
    [
        pytest.param(
            availability("x"), words, "x-availability is left out: `requests of x` is not valid PromQL", id="csv"
        ),
        pytest.param(
            Slo("x", "fresh", Threshold(Column("x", "age"), Op.LTE, 300.0), 0.99, slice_s=300),
            expression,
            "fresh is left out: the age of its data is measured by golden-signals, and no server can be asked for it",
            id="age",
        ),
        pytest.param(availability("x"), _refusing, "x-availability is left out: no service 'x'", id="unknown"),
        pytest.param(
            Slo("x", "kept", Ratio(Query("golden_signals:slo_valid:increase5m"), bad=Query("b")), 0.99),
            expression,
            "kept is left out: its queries read series that such rules record, and cannot be recorded from themselves",
            id="its own record",
        ),
    ],
)
def test_what_cannot_be_said_is_left_out_with_the_reason(slo: Slo, how: Callable[[Term], str], why: str) -> None:
    file = write_rules([slo, BROAD[11]], expression if how is expression else lambda term: _either(how, term))
    assert file.notes[0].startswith(why)
    assert f"# {file.notes[0]}\n" in file.text
    assert [entry["name"] for entry in yaml.safe_load(file.text)["groups"]] == [
        "golden-signals-queries",
        "golden-signals-queries-2",
    ]


def _either(how: Callable[[Term], str], term: Term) -> str:
    return term.text if isinstance(term, Query) else how(term)


def test_a_calendar_has_burn_alerts_but_no_budget() -> None:
    slo = replace(availability("shop"), window=Calendar(Unit.MONTH))
    assert _note(slo) == "shop-availability: its budget is left out: PromQL has no range for 1M of a calendar"
    assert "slo_budget_remaining" not in write_rules([slo], expression).text
    assert alert(slo, long="1h")["expr"] == alert(availability("shop"), long="1h")["expr"]


def test_a_rule_that_looks_at_less_than_a_slice_is_left_out() -> None:
    notes = write_rules([sliced("quarters", Ratio(REQUESTS, bad=FAILED), slice_s=900)], expression).notes
    assert notes[0] == "quarters: the page rule over 1h is left out: its short window is shorter than a slice"
    assert notes[1] == "quarters: its series have one sample every 15m: query them with last_over_time(…[15m])"


def test_a_note_says_that_maintenance_counts() -> None:
    maintenance = Exclusion(START, START + HOUR, services=frozenset({"shop"}))
    note = _note(availability("shop"), exclusions=[maintenance])
    assert note == "shop-availability: its maintenance counts like any other time: rules cannot exclude it"
    assert write_rules([availability("other")], expression, exclusions=[maintenance]).notes == ()


def test_no_objectives_are_no_rules() -> None:
    assert yaml.safe_load(write_rules([], expression).text) == {"groups": []}


# --- promtool -----------------------------------------------------------------------------------------------------


@pytest.mark.servers
def test_promtool_accepts_rules_of_every_kind(tmp_path: Path) -> None:
    file = write_rules(BROAD, expression)
    assert "left out: `" not in "".join(file.notes)
    assert "SUCCESS" in check(tmp_path, file.text)


@pytest.mark.servers
def test_hundreds_of_objectives_are_written_at_once(tmp_path: Path) -> None:
    file = write_rules([availability(f"service-{number}") for number in range(300)], expression)
    assert "SUCCESS: 8100 rules found" in check(tmp_path, file.text)


@pytest.mark.servers
@pytest.mark.parametrize("slo", [availability("shop"), BROAD[9]], ids=lambda slo: slo.name)
def test_written_tests_pass(slo: Slo, tmp_path: Path) -> None:
    assert failures(tmp_path, write_rules([slo], expression).text, write_rule_tests([slo], expression)) == ""


@pytest.mark.servers
@pytest.mark.parametrize("every", [60, *[300, 900][: 2 * SLOW]])
def test_written_tests_of_every_kind_pass(every: int, tmp_path: Path) -> None:
    """Each length of slices has a file, as promtool evaluates all rules of one alike."""
    slos = [apart(replace(slo, policy=QUICK)) for slo in (BROAD[1], *BROAD[11:]) if (slo.row_s or 60) == every]
    tests = write_rule_tests(slos, expression)
    assert "is not tested" not in tests
    assert failures(tmp_path, write_rules(slos, expression).text, tests) == ""


@pytest.mark.servers
@slow
def test_written_tests_of_several_intervals_pass_together(tmp_path: Path) -> None:
    slos = [replace(slo, policy=QUICK) for slo in (BROAD[11], *BROAD[18:22])]
    assert failures(tmp_path, write_rules(slos, expression).text, write_rule_tests(slos, expression)) == ""


def apart(slo: Slo) -> Slo:
    """An SLO like this one, of series that no other counts."""
    suffix = re.sub(r"\W", "_", slo.name)
    return replace(slo, indicator=_renamed(slo.indicator, suffix))


def _renamed(part: Any, suffix: str) -> Any:
    match part:
        case Query(text):
            return replace(
                part, text=re.sub(r"\b(requests_total|\w+_ratio|queue_length|one_total)\b", rf"\1_{suffix}", text)
            )
        case Composite(parts):
            return Composite(tuple(replace(each, indicator=_renamed(each.indicator, suffix)) for each in parts))
        case Ratio() | Raw() | Threshold():
            terms = {name: _renamed(getattr(part, name), suffix) for name in ("valid", "good", "bad", "ratio", "value")
                     if hasattr(part, name)}  # fmt: skip
            return replace(part, **terms)
    return part


ALTERED = {
    "a higher threshold": (r"> 0\.0144", "> 0.0146"),
    "a lower threshold": (r"> 0\.0144", "> 0.0142"),
    "the long window alone": (r'\n *and [^\n]*window="5m"[^\n]*', ""),
    "the short window alone": (r'max[^\n]*window="1h"} > 0[^\n]*\n *and ', ""),
    "another short window": (r'window="5m"} > 0', 'window="30m"} > 0'),
    "another range": (r"\[30m\]", "[1h]"),
    "few failures suffice": (r">= 5\)", ">= 0)"),
    "nothing suppresses": (r"(?s)\n *unless \(.*?\n *\)", ""),
    "any coverage": (r"\]\) >= \d+", "]) >= 0"),
    "failures that must be there": (r" or 0 \* sum\(increase\([^)]*\)\)", ""),
    "weaker brackets": (r"expr: \((sum[^\n]*?) or 0 \* ([^\n]*)\) /", r"expr: \1 or 0 * \2 /"),
    "another budget": (r"/ 0\.001\b", "/ 0.002"),
    "ratios averaged": (
        r"sum_over_time\((\S+)\[(\S+)\]\) / \(sum_over_time\((\S+)\[\S+\]\) > 0\)",
        r"avg_over_time((\1 / \3)[\2])",
    ),
    "another severity": ("severity: page", "severity: ticket"),
    "silence for longer": ("for: 10m", "for: 30m"),
}


@pytest.mark.servers
@pytest.mark.parametrize("how", ALTERED)
def test_written_tests_fail_when_a_rule_is_altered(how: str, tmp_path: Path) -> None:
    slo = replace(availability("shop"), policy=QUICK)
    text, count = re.subn(*ALTERED[how], write_rules([slo], expression).text)
    assert count, "nothing was altered"
    assert check(tmp_path, text)
    assert "FAILED" in failures(tmp_path, text, write_rule_tests([slo], expression))


def annotations(folder: Path, slo: Slo, ok: str, bad: str) -> dict[str, str]:
    """The annotations of the page at minute 70, as a person reads them; `ok` and `bad` are values of promtool."""
    values = {
        f'http_requests_total{{service="shop",code="{code}"}}': text for code, text in (("200", ok), ("500", bad))
    }
    test = {
        "interval": "1m",
        "input_series": [{"series": name, "values": text} for name, text in values.items()],
        "alert_rule_test": [{"eval_time": "70m", "alertname": "ErrorBudgetBurn", "exp_alerts": []}],
    }
    text = yaml.safe_dump({"rule_files": ["rules.yaml"], "evaluation_interval": "1m", "tests": [test]})
    output = failures(folder, write_rules([slo], expression).text, text)
    return dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', output[output.index("Annotations") :]))


@pytest.mark.servers
def test_the_sentence_at_night_says_what_and_how_bad_and_for_how_long(tmp_path: Path) -> None:
    """2 of 100 fail for an hour, 20 times what 99.9 % allows; of a budget of 100,006 failures 120 are gone."""
    slo = replace(availability("shop"), policy=QUICK)
    left = round((1 - 120 / 100_006) * 30 * DAY / 20)
    duration = f"{left // DAY}d {left % DAY // HOUR}h {left % HOUR // 60}m {left % 60}s"
    assert annotations(tmp_path, slo, "0+10000000x10 100000098+98x59", "0+0x10 2+2x59") == {
        "summary": "shop: the error budget of shop-availability is burning at 20× the allowed rate (last hour)",
        "description": "shop: 2% of all events in the last hour were bad where 0.1% is allowed; the remaining error "
        f"budget is used up in {duration} if this rate continues.",
    }


@pytest.mark.servers
def test_the_sentence_at_night_says_that_nothing_is_left(tmp_path: Path) -> None:
    slo = replace(availability("shop"), policy=QUICK)
    description = annotations(tmp_path, slo, "0+98x70", "0+2x70")["description"]
    assert description.endswith(" were bad where 0.1% is allowed; no error budget remains.")


@pytest.mark.servers
def test_a_calendar_says_how_long_a_whole_budget_lasts(tmp_path: Path) -> None:
    slo = replace(availability("shop"), policy=QUICK, window=Calendar(Unit.MONTH))
    description = annotations(tmp_path, slo, "0+98x70", "0+2x70")["description"]
    assert description.endswith("; a whole error budget is used up in 1d 12h 0m 0s if this rate continues.")


# --- equal to the engine ------------------------------------------------------------------------------------------

LOW = Policy("low", tuple(replace(row, factor=factor) for row, factor in zip(QUICK.rows, (1.2, 0.8), strict=True)))


@dataclass(frozen=True)
class Traffic:
    """Minutes of one SLO: the answers that the engine gets for each term, and the series that Prometheus scrapes."""

    answers: dict[Key, np.ndarray]
    series: dict[str, np.ndarray]

    def rates(self) -> dict[Key, Rate]:
        """For the ledger: nothing before the first minute; what lies ahead is not asked for."""
        return {key: _rate(values) for key, values in self.answers.items()}


def _rate(values: np.ndarray) -> Rate:
    def at(ends: np.ndarray) -> np.ndarray:
        minute = np.round((ends - START) / MINUTE).astype(int)
        return np.where(minute >= 1, values[np.clip(minute, 1, len(values)) - 1], np.nan)

    return at


def requests(valid: np.ndarray, bad: np.ndarray) -> Traffic:
    """Of the objective `shop-availability`; failures have no series until a minute before the first of them."""
    columns = Column("shop", "requests").key, Column("shop", "errors", "server").key
    failed = counter(bad)
    failed[: int(np.argmax(failed > 0)) - 1] = np.nan
    name = 'http_requests_total{service="shop",code="%s"}'
    return Traffic(
        dict(zip(columns, (valid, bad), strict=True)), {name % 200: counter(valid - bad), name % 500: failed}
    )


def eventful(minutes: int = 560) -> tuple[np.ndarray, np.ndarray]:
    """Uneven traffic with an outage, a slow burn, silence, few requests and a short burst."""
    chance = np.random.default_rng(7)
    at = np.arange(1, minutes + 1)
    valid = chance.poisson(600 + 400 * np.sin(at / 60))
    share = np.select(
        [(at > 90) & (at <= 96), (at > 150) & (at <= 330), (at > 480) & (at <= 500)], [1.0, 0.0045, 0.05], 0.0001
    )
    valid[(at > 380) & (at <= 410)] = 0
    valid[(at > 410) & (at <= 440)] = 3
    bad = chance.binomial(valid, share)
    bad[(at > 410) & (at <= 440)] = at[410:440] % 9 == 0
    return valid.astype(float), bad.astype(float)


def differing(
    folder: Path,
    slo: Slo,
    traffic: Traffic,
    *,
    every: int = 1,
    scrape: float = 0.0,
    altered: tuple[str, str] = ("", ""),
) -> tuple[str, list[SloReport]]:
    """What promtool finds different from the engine, compared every so many minutes; the engine's reports.

    Numbers agree to a billionth, which floating point leaves, and alerts to the minute. Windows above six hours are
    sums of recorded five minutes: they, and rules that look at them, are compared at every fifth minute.
    """
    minutes = len(next(iter(traffic.answers.values())))
    fed = Fed([slo], traffic.rates())
    reports = [fed.tick(START + minute * MINUTE)[0] for minute in range(every, minutes + 1, every)]
    checks: list[dict[str, Any]] = []
    for minute, report in zip(range(every, minutes + 1, every), reports, strict=True):
        checks += _numbers(report, minute) if minute % 5 == 0 else []
        for state in report.alerts:
            if state.rule.row.long_s <= 6 * HOUR or minute % 5 == 0:
                long = promql_duration(state.rule.row.long_s)
                checks.append(fires(minute, f'alertname="ErrorBudgetBurn",long="{long}"', state.firing))
    order = [entry["name"] for entry in groups(slo)]
    text = file_of(promql_duration(every * MINUTE), traffic.series, checks, order=order)
    rules = re.sub(*altered, write_rules([slo], expression).text)
    return failures(folder, rules, text), reports


def _numbers(report: SloReport, minute: int) -> list[dict[str, Any]]:
    slo, rates = report.slo, {burn.window_s: burn.rate for burn in report.burn}
    checks = [
        near(minute, series_selector(slo, "burn_rate", window=promql_duration(w)), rates[w])
        for w in burn_rate_windows(slo)
    ]
    return [*checks, near(minute, series_selector(slo, "budget_remaining"), report.remaining)]


def fired(reports: Sequence[SloReport], long_s: float) -> list[int]:
    """Places at which the rule of a long window began or ended to fire."""
    states = [next(state.firing for state in report.alerts if state.rule.row.long_s == long_s) for report in reports]
    return [place for place in range(1, len(states)) if states[place] != states[place - 1]]


@pytest.mark.servers
def test_every_minute_of_an_eventful_day_is_judged_alike(tmp_path: Path) -> None:
    differences, reports = differing(tmp_path, availability("shop"), requests(*eventful()))
    assert differences == ""
    begun = {long_s: fired(reports, long_s) for long_s in (HOUR, 6 * HOUR, DAY, 3 * DAY)}
    assert all(len(changes) >= 2 for changes in begun.values()), f"too little happened: {begun}"


@pytest.mark.servers
@pytest.mark.parametrize("how", ["another range", *["nothing suppresses"][: int(SLOW)]])
def test_a_rule_that_judges_otherwise_is_seen(how: str, tmp_path: Path) -> None:
    differences, _ = differing(tmp_path, availability("shop"), requests(*eventful()), altered=ALTERED[how])
    assert "FAILED" in differences


def queried(valid: np.ndarray, bad: np.ndarray, level: np.ndarray) -> Traffic:
    """Of the queries above: requests and failures, a level, and two metrics with all or half of the failures."""
    answers = {REQUESTS.key: valid, FAILED.key: bad, LEVEL.key: level}
    name = 'requests_total{job="api",code="%s"}'
    series = {name % 200: counter(valid - bad), name % 429: counter(bad), "queue_length": np.append(np.nan, level)}
    for metric, failed in (("one_total", bad), ("two_total", bad // 2)):
        series |= {f'{metric}{{code="{code}"}}': counter(n) for code, n in (("200", valid - failed), ("500", failed))}
    first, second = (part.indicator for part in HALVES.parts)
    assert isinstance(first, Ratio)
    assert isinstance(second, Ratio)
    assert first.bad is not None
    assert second.good is not None
    answers |= {first.valid.key: valid, first.bad.key: bad, second.valid.key: valid, second.good.key: valid - bad // 2}
    return Traffic(answers, series)


@pytest.mark.servers
@pytest.mark.parametrize(
    ("slo", "every"),
    [
        pytest.param(Slo("api", "halves", HALVES, 0.99), 1, id="weighted events of two metrics"),
        pytest.param(sliced("slices", Ratio(REQUESTS, bad=FAILED), slice_target=0.99), 5, id="good and bad slices"),
        pytest.param(sliced("ratios", Ratio(REQUESTS, bad=FAILED), Method.RATIO_TIMESLICES), 5, id="shares of slices"),
        pytest.param(sliced("shares", HALVES, Method.RATIO_TIMESLICES), 5, id="shares of two metrics"),
        pytest.param(sliced("worst", MIXED), 5, id="the worst of two"),
        pytest.param(sliced("level", Threshold(LEVEL, Op.LTE, 90.0), Method.OCCURRENCES), 5, id="a level"),
    ],
)
def test_every_way_to_count_is_judged_alike(slo: Slo, every: int, tmp_path: Path) -> None:
    valid, bad = eventful()
    level = np.random.default_rng(3).normal(60, 20, len(valid)).round(3)
    level[(bad > 3) & (bad > 0.03 * valid)] += 60
    differences, reports = differing(tmp_path, replace(slo, policy=LOW), queried(valid, bad, level), every=every)
    assert differences == ""
    assert len(fired(reports, HOUR)) >= 2, "too little happened"
