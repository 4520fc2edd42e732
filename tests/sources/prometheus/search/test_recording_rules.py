"""Objectives that recording rules keep are found on a server and counted from what the rules recorded."""

from collections.abc import Iterator

import numpy as np
import promql_parser
import pytest

from dashboard.engine.health import Health, NeverMeasured, NoDataSince
from dashboard.engine.poller import Poller
from dashboard.engine.source_status import SourceState
from dashboard.slo.events import events
from dashboard.slo.indicators import Query, Ratio, Raw, terms
from dashboard.slo.objective import Method, Slo
from dashboard.slo.windows import Rolling
from dashboard.sources.prometheus.client.decode import Series
from dashboard.sources.prometheus.search.recording_rules import (
    MEAN_OF_RATIOS,
    NO_COUNTS,
    NO_RATES,
    NO_WINDOW,
    recorded_slos,
    search_query,
)
from dashboard.sources.prometheus.source import PrometheusSource
from dashboard.timerange import DAY, HOUR, Grid
from dashboard.ui.panels.wall import wall_tiles
from dashboard.ui.text import objective_terms, source_text
from tests.servers import NOW, Server, filled
from tests.steady import Clock

SLOTH = {"sloth_id": "shop-requests", "sloth_service": "shop", "sloth_slo": "requests"}
UUID = {"grafana_slo_uuid": "abc123"}
OURS = {"slo": "cart-availability", "service": "cart"}


def row(name: str, value: float, **labels: str) -> Series:
    return Series(metric={"__name__": name, **labels}, value=(float(NOW), repr(value)))


def only(*series: Series) -> Slo:
    (slo,), notes = recorded_slos(series)
    assert notes == ()
    return slo


def sloth(objective: float = 0.9990000000000001, **more: str) -> list[Series]:
    return [
        row("slo:objective:ratio", objective, **SLOTH, **more),
        row("slo:time_period:days", 28, **SLOTH, **more),
    ]


def test_sloths_ratios_are_slices_of_five_minutes() -> None:
    slo = only(*sloth(owner="team-a"))
    assert (slo.service, slo.name, slo.title, slo.objective) == ("shop", "shop-requests", "requests", 0.999)
    assert slo.indicator == Raw(Query('slo:sli_error:ratio_rate5m{sloth_id="shop-requests"}'), success=False)
    assert (slo.method, slo.slice_s, slo.window) == (Method.RATIO_TIMESLICES, 300, Rolling(28.0 * DAY))
    assert (slo.origin, slo.notes) == ("Sloth rules", (NO_COUNTS, MEAN_OF_RATIOS))
    assert slo.labels == {"owner": "team-a", "sloth_service": "shop", "sloth_slo": "requests"}


def test_pyrras_rates_are_counts_of_five_minutes() -> None:
    slo = only(
        row("pyrra_objective", 0.99, slo="api", team="x"),
        row("pyrra_window", 4 * 7 * DAY, slo="api", team="x"),
        row("pyrra_requests:rate5m", 3.0, slo="api", team="x"),
    )
    valid, bad = (Query(f'300 * sum(pyrra_{side}:rate5m{{slo="api"}})') for side in ("requests", "errors"))
    assert slo.indicator == Ratio(valid, bad=bad)
    assert (slo.service, slo.name, slo.origin) == ("api", "api", "Pyrra rules")
    assert (slo.method, slo.slice_s, slo.window) == (Method.OCCURRENCES, 300, Rolling(28.0 * DAY))


def test_pyrra_without_its_generic_rules_is_told() -> None:
    burning = [row("http_requests:burnrate5m", 0.0, slo=name) for name in ("b", "a")]
    slos, notes = recorded_slos([*burning, row("other:burnrate5m", 0.0)])
    assert slos == ()
    assert notes == ("Pyrra's objectives a, b are not read: start Pyrra with --generic-rules",)


def test_an_objective_whose_rates_are_away_stays_and_says_so() -> None:
    assert only(row("pyrra_objective", 0.99, slo="api"), row("pyrra_window", DAY, slo="api")).notes == (NO_RATES,)
    assert only(row("grafana_slo_objective", 0.99, **UUID)).notes == (NO_RATES, NO_WINDOW)


def test_grafanas_rates_are_counts_of_five_minutes() -> None:
    slo = only(
        row("grafana_slo_objective", 0.995, **UUID, grafana_slo_window="28d", service="web"),
        row("grafana_slo_info", 1, **UUID, grafana_slo_name="Web is up"),
        row("grafana_slo_total_rate_5m", 5, **UUID, cluster="a"),
        row("grafana_slo_total_rate_5m", 7, **UUID, cluster="b"),
    )
    valid, good = (
        Query(f'300 * sum(grafana_slo_{side}_rate_5m{{grafana_slo_uuid="abc123"}})') for side in ("total", "success")
    )
    assert slo.indicator == Ratio(valid, good=good)
    assert (slo.service, slo.name, slo.title, slo.window) == ("web", "abc123", "Web is up", Rolling(28.0 * DAY))


def test_grafanas_ratios_are_slices() -> None:
    slo = only(
        row("grafana_slo_objective", 0.995, **UUID),
        row("grafana_slo_objective_window_seconds", 7 * DAY, **UUID),
        row("grafana_slo_sli_5m", 0.99, **UUID),
    )
    assert slo.indicator == Raw(Query('avg(grafana_slo_sli_5m{grafana_slo_uuid="abc123"})'))
    assert (slo.method, slo.window, slo.notes) == (Method.RATIO_TIMESLICES, Rolling(7.0 * DAY), ())


def test_our_own_rules_are_read() -> None:
    slo = only(
        row("golden_signals:slo_objective", 0.999, **OURS, kind="availability"),
        row("golden_signals:slo_window_seconds", 30 * DAY, **OURS),
    )
    matchers = 'slo="cart-availability",service="cart"'
    valid, bad = (Query(f"golden_signals:slo_{side}:increase5m{{{matchers}}}") for side in ("valid", "bad"))
    assert slo.indicator == Ratio(valid, bad=bad)
    assert (slo.service, slo.name, slo.kind, slo.labels) == ("cart", "cart-availability", "availability", {})


def test_our_own_slices_of_another_length_are_told() -> None:
    slos, (note,) = recorded_slos(
        [row("golden_signals:slo_objective", 0.999, **OURS), row("golden_signals:slo_valid:slice", 1, **OURS)]
    )
    assert slos == ()
    assert "cart-availability is not read: its slices are not five minutes long" in note


def test_the_same_objective_of_two_clusters_is_two() -> None:
    slos, _ = recorded_slos([*sloth(cluster="eu"), *sloth(0.99, cluster="us")])
    assert [(slo.name, slo.objective) for slo in slos] == [("shop-requests eu", 0.999), ("shop-requests us", 0.99)]
    assert [term.text for slo in slos for term in terms(slo.indicator) if isinstance(term, Query)] == [
        'slo:sli_error:ratio_rate5m{sloth_id="shop-requests",cluster="eu"}',
        'slo:sli_error:ratio_rate5m{sloth_id="shop-requests",cluster="us"}',
    ]


def test_every_name_is_there_once() -> None:
    slos, _ = recorded_slos([*sloth(), row("pyrra_objective", 0.9, slo="shop-requests")])
    assert [slo.name for slo in slos] == ["shop-requests", "shop-requests (Pyrra rules)"]


@pytest.mark.parametrize("objective", [1.0, 0.0, 99.9, float("nan")])
def test_an_objective_that_is_none_is_told(objective: float) -> None:
    slos, (note,) = recorded_slos(sloth(objective))
    assert slos == ()
    assert note == f"Sloth's objective shop-requests is not read: {objective:g} does not lie between 0 and 1"


def test_rules_of_others_by_the_same_name_are_left_alone() -> None:
    assert recorded_slos([row("slo:objective:ratio", 0.9, slo_id="x"), row("pyrra_objective", 0.9)]) == ((), ())


def test_a_window_that_is_not_recorded_is_told() -> None:
    slo = only(*sloth()[:1])
    assert (slo.window, slo.notes) == (Rolling(), (NO_COUNTS, MEAN_OF_RATIOS, NO_WINDOW))


def test_names_of_any_kind_stay_inside_their_quotes() -> None:
    name = 'a"b\\c\nd'
    slo = only(
        row("pyrra_objective", 0.9, slo=name),
        row("pyrra_requests:rate5m", 1, slo=name),
        row("pyrra_window", 60, slo=name),
    )
    for term in terms(slo.indicator):
        assert isinstance(term, Query)
        promql_parser.parse(term.text)


# --- on servers -------------------------------------------------------------------------------------------------------


def exposition() -> str:
    """Two hours of what rules record each minute: two of a hundred requests fail, in the second hour four."""
    lines: list[str] = []
    for at in range(NOW - 2 * HOUR, NOW + 1, 60):
        ratio = 0.02 if at <= NOW - HOUR else 0.04
        rows = [
            *sloth(),
            row("slo:sli_error:ratio_rate5m", ratio, **SLOTH, sloth_window="5m"),
            row("pyrra_objective", 0.99, slo="api"),
            row("pyrra_window", 28 * DAY, slo="api"),
            row("pyrra_requests:rate5m", 10, slo="api"),
            row("pyrra_errors:rate5m", 10 * ratio, slo="api"),
            row("grafana_slo_objective", 0.99, **UUID),
            row("grafana_slo_objective_window_seconds", 28 * DAY, **UUID),
            row("grafana_slo_total_rate_5m", 10, **UUID),
            row("grafana_slo_success_rate_5m", 10 * (1 - ratio), **UUID),
            row("golden_signals:slo_objective", 0.99, **OURS, kind="availability"),
            row("golden_signals:slo_window_seconds", 28 * DAY, **OURS),
            row("golden_signals:slo_valid:increase5m", 3000, **OURS),
            row("golden_signals:slo_bad:increase5m", 3000 * ratio, **OURS),
        ]
        lines += [exposed(series, at) for series in rows]
    return "\n".join([*sorted(lines, key=lambda line: line.partition(" ")[0]), "# EOF"]) + "\n"


def exposed(series: Series, at: int) -> str:
    labels = ",".join(f'{name}="{value}"' for name, value in series.metric.items() if name != "__name__")
    assert series.value is not None
    return f"{series.metric['__name__']}{{{labels}}} {float(series.value[1]):.12g} {at}"


@pytest.fixture(scope="module", params=["prometheus", "victoria"])
def source(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusSource]:
    server = filled(request.param, tmp_path_factory.mktemp("rules"), exposition())
    opened = PrometheusSource(server.url)
    yield opened
    opened.close()
    server.stop()


@pytest.mark.servers
def test_they_are_found_and_counted_from_what_is_recorded(source: PrometheusSource) -> None:
    catalog = source.discover(NOW)
    assert {slo.origin for slo in catalog.recorded} == {
        "Sloth rules",
        "Pyrra rules",
        "Grafana SLO rules",
        "golden-signals rules",
    }
    grid = Grid.between(NOW - HOUR - 1800, NOW - 1800, step=300)
    for slo in catalog.recorded:
        queries = [term for term in terms(slo.indicator) if isinstance(term, Query)]
        answer = source.query_values(queries, grid)
        assert answer.problems == ()
        values = {query.key: answer.frame[query.key].to_numpy() for query in queries}
        made = events(slo, values, len(grid), 300)
        assert made.bad.sum() / made.valid.sum() == pytest.approx(0.03, abs=0.002), slo.origin
        assert made.seconds.sum() == HOUR
        np.testing.assert_allclose(made.valid, 1 if slo.origin == "Sloth rules" else 3000, rtol=1e-6)


@pytest.mark.servers
def test_a_server_that_has_rules_only_is_a_dashboard_of_their_services(source: PrometheusSource) -> None:
    clock = Clock(NOW)
    poller = Poller(source, clock=clock)
    discovered: list[int] = []
    find = source._catalogs._discovery.find
    source._catalogs._discovery.find = lambda at: discovered.append(at) or find(at)
    for _ in range(4):
        poller.tick()
        clock.now += 15
    assert len(discovered) == 1, "what was found is not looked for at every tick"
    snapshot = poller.snapshot
    assert (snapshot.source.state, source_text.message(snapshot.source)) == (SourceState.OK, None)
    assert NOW - 300 <= (snapshot.source.newest or 0) <= NOW
    names = {slo.service for slo in source.discover(NOW).recorded}
    assert {report.name for report in snapshot.services} == names
    for report in snapshot.services:
        (slo,) = report.slos
        assert slo.remaining is not None
        assert report.health is not Health.UNKNOWN
        assert not any(isinstance(reason, NoDataSince | NeverMeasured) for reason in report.reasons)
        assert objective_terms.measured(slo.known_share, slo.at - slo.start) in wall_tiles.tile(
            wall_tiles.Shown(report, snapshot.source.state)
        )
    clock.now = NOW + 1800
    poller.tick()
    assert poller.snapshot.source.state is SourceState.STALE
    assert {report.health for report in poller.snapshot.services} <= {Health.UNKNOWN, Health.BREACHING}
    assert all(isinstance(report.reasons[0], NoDataSince) for report in poller.snapshot.services)
    # Half an hour later the services are looked for again, beside the refresh: it would go on in the next test.
    assert poller._intake.search.has_ended(60)


@pytest.mark.servers
def test_they_are_looked_for_by_one_query(source: PrometheusSource, monkeypatch: pytest.MonkeyPatch) -> None:
    queries: list[str] = []
    instant = source._catalogs._search.instant

    def remembered(query: str, at: int) -> list[Series]:
        queries.append(query)
        return instant(query, at)

    monkeypatch.setattr(source._catalogs._search, "instant", remembered)
    source.discover(NOW)
    # How often each is recorded is asked besides.
    looked_for = [query for query in queries if "slo" in query and not query.startswith("max(count_over_time(")]
    assert looked_for == [search_query("")]


@pytest.mark.servers
def test_rules_that_are_away_are_known_for_a_day(source: PrometheusSource) -> None:
    there = {slo.name for slo in source.discover(NOW).recorded}
    assert {slo.name for slo in source.discover(NOW + 20 * HOUR).recorded} == there
    assert source.discover(NOW + 25 * HOUR).recorded == ()


@pytest.mark.servers
def test_without_rules_nothing_is_recorded(prometheus_server: Server) -> None:
    source = PrometheusSource(prometheus_server.url)
    assert source.discover(NOW).recorded == ()
    source.close()
