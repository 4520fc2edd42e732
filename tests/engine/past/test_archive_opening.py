"""Which archive belongs to a configuration: hours of one source, one tenant, one way of counting."""

from dataclasses import replace
from pathlib import Path

import pytest

from dashboard.config.configuration import Config, ServiceConfig
from dashboard.engine.past.archive_opening import identity, open_keeper
from dashboard.sources.csv.spec import CsvSpec
from dashboard.sources.demo.source import DemoSource
from dashboard.sources.prometheus.spec import PrometheusSpec
from dashboard.state.spec import MEMORY, StateSpec
from tests.steady import Clock, Steady

HERE = Steady(Clock())
ADDRESS = "http://one:9090"


def config(spec: PrometheusSpec, folder: Path = Path("/state"), **more: object) -> Config:
    return replace(Config(source=spec, state=StateSpec(str(folder))), **more)  # type: ignore[arg-type]


def test_tenants_and_matchers_tell_sources_apart_and_secrets_do_not() -> None:
    plain = identity(config(PrometheusSpec(ADDRESS)), HERE)
    secret = {"Authorization": "Bearer x"}
    assert identity(config(PrometheusSpec(ADDRESS, headers=secret, bearer_token="y")), HERE) == plain
    assert identity(config(PrometheusSpec(ADDRESS, headers={"X-Scope-OrgID": "team"})), HERE) != plain
    assert identity(config(PrometheusSpec(ADDRESS, match={"cluster": "eu"})), HERE) != plain


def test_what_counts_otherwise_has_other_rules() -> None:
    def rules(spec: PrometheusSpec, **more: object) -> str:
        keeper = open_keeper(config(spec, **more), HERE, writes=False)  # type: ignore[arg-type]
        assert keeper is not None
        return keeper.rules

    plain = rules(PrometheusSpec(ADDRESS))
    assert rules(PrometheusSpec(ADDRESS, bearer_token="other", timeout_s=3)) == plain
    assert rules(PrometheusSpec(ADDRESS), title="Other", refresh=5.0) == plain
    assert rules(PrometheusSpec(ADDRESS, failed="declined")) != plain
    assert rules(PrometheusSpec(ADDRESS), threshold=0.1) != plain
    assert rules(PrometheusSpec(ADDRESS), services=(ServiceConfig("pay", match={"app": "pay"}),)) != plain
    assert rules(PrometheusSpec(ADDRESS), services=(ServiceConfig("pay", team="x"),)) == plain


@pytest.mark.parametrize(
    "nowhere",
    [
        Config(source=PrometheusSpec(ADDRESS), state=StateSpec(MEMORY)),
        Config(source=PrometheusSpec(ADDRESS), state=StateSpec("postgresql://db/x")),
        Config(state=StateSpec("/state")),
    ],
    ids=["memory", "postgresql", "demo"],
)
def test_there_are_states_and_sources_without_hours(nowhere: Config) -> None:
    assert open_keeper(nowhere, DemoSource(start=0.0), writes=True) is None


def test_of_files_hours_alone_are_kept(tmp_path: Path) -> None:
    """They are read at each start, and may be others by then."""
    keeper = open_keeper(Config(source=CsvSpec(paths=("a.csv",)), state=StateSpec(str(tmp_path))), HERE, writes=True)
    assert keeper is not None
    keeper.archive.keep("live", {}, {"rules": keeper._memory_rules})
    assert keeper._memory("live") is None
