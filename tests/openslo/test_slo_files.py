"""SLOs in files are read again when a file changes, and the last good ones stay when it cannot be read."""

import os
from pathlib import Path

import pytest

from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.openslo.slo_files import SloFiles, latency_thresholds, load_slos
from dashboard.slo.objective import Slo
from dashboard.ui.panels import sources
from tests.commands.test_check import SIGNALS, slo
from tests.openslo.samples import RATIO, changed
from tests.steady import Clock, Steady


def save(path: Path, text: str, *, version: int) -> None:
    path.write_text(text, encoding="utf-8")
    os.utime(path, (1_700_000_000 + version, 1_700_000_000 + version))


def text(name: str, *, bad: str = "errors", total: str = "requests") -> str:
    return slo(name, service="shop", bad=bad, total=total, of=SIGNALS)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "slo.yaml"
    save(file, text("first"), version=1)
    return file


@pytest.fixture
def files(path: Path) -> SloFiles:
    return SloFiles([str(path.parent)], zone="UTC", limits=())


def names(slos: tuple[Slo, ...] | None) -> list[str]:
    assert slos is not None
    return [slo.name for slo in slos]


def test_nothing_is_read_while_nothing_changes(files: SloFiles) -> None:
    assert files.changed() is None
    assert files.problems == ()


def test_a_file_that_changes_is_read(files: SloFiles, path: Path) -> None:
    save(path, text("second"), version=2)
    assert names(files.changed()) == ["second"]
    assert names(files.changed()) == ["second"], "and stays read"


def test_a_file_that_is_added_or_removed_is_noticed(files: SloFiles, path: Path) -> None:
    other = path.with_name("other.yaml")
    save(other, text("other"), version=1)
    assert sorted(names(files.changed())) == ["first", "other"]
    other.unlink()
    assert names(files.changed()) == ["first"]


def test_a_file_that_cannot_be_read_leaves_the_last_good_objectives(files: SloFiles, path: Path) -> None:
    save(path, text("second"), version=2)
    files.changed()
    save(path, text("third").replace("Occurrences", "Now and then"), version=3)
    assert names(files.changed()) == ["second"]
    (problem,) = files.problems
    assert problem.startswith(f"{path}:")
    assert problem.endswith("the SLOs read before are kept")
    save(path, text("fourth"), version=4)
    assert names(files.changed()) == ["fourth"]
    assert files.problems == ()


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("ok_requests offset 1e30", "has a duration of more than 292 years: write a shorter one, such as 5m"),
        ("ok_requests[1e20]", "has a duration of more than 292 years: write a shorter one, such as 5m"),
        ("rate(ok_requests[5m:1e30])", "has a duration of more than 292 years: write a shorter one, such as 5m"),
        ("(" * 300 + "ok_requests" + ")" * 300, "is nested deeper than 200 levels: write fewer brackets and signs"),
        ("ceil(" * 300 + "ok" + ")" * 300, "is nested too deeply: write fewer functions within functions"),
        ("sum(ok_requests", "is not valid PromQL: unclosed left parenthesis"),
    ],
    ids=["an offset", "a range", "a step", "brackets", "functions", "an open bracket"],
)
def test_a_query_beyond_what_is_read_leaves_the_last_good_slos(
    files: SloFiles, path: Path, query: str, why: str
) -> None:
    save(path, text("second"), version=2)
    files.changed()
    save(path, "# a comment\n" + changed(RATIO, "sum(ok_requests)", query), version=3)
    assert names(files.changed()) == ["second"]
    (problem,) = files.problems
    excerpt = query if len(query) <= 80 else f"{query[:79]}…"
    assert problem == f"{path}:2: checkout-availability: `{excerpt}` {why}; the SLOs read before are kept"


def test_a_limit_that_the_source_does_not_count_waits_for_a_restart(files: SloFiles, path: Path) -> None:
    late = text("late").replace("measure: errors", "measure: latency").replace("bad:", "good:")
    late = late.replace("{measure: latency}", "{measure: latency, le: 250ms}", 1).replace(
        "measure: requests", "measure: latency"
    )
    save(path.with_name("late.yaml"), late, version=1)
    assert names(files.changed()) == ["first"]
    assert files.problems == (f"{path.with_name('late.yaml')}:1: late: its latency is counted after a restart",)
    slos, _ = load_slos([str(path.parent)], zone="UTC")
    assert latency_thresholds(slos) == (0.25,)
    known = SloFiles([str(path.parent)], zone="UTC", limits=latency_thresholds(slos))
    save(path, text("second"), version=2)
    assert sorted(names(known.changed())) == ["late", "second"]


def test_a_running_dashboard_uses_them_and_names_what_is_wrong(files: SloFiles, path: Path) -> None:
    clock = Clock()
    slos, _ = load_slos([str(path)], zone="UTC")
    poller = Poller(Steady(clock), Settings(slos=slos, files=files), clock=clock)
    poller.tick()
    assert "first" in {report.slo.name for report in poller.snapshot.slos}
    save(path, text("second"), version=2)
    clock.now += 15
    poller.tick()
    known = {report.slo.name for report in poller.snapshot.slos}
    assert "second" in known
    assert "first" not in known
    save(path, "nonsense: [", version=3)
    clock.now += 15
    poller.tick()
    assert "second" in {report.slo.name for report in poller.snapshot.slos}
    assert "the SLOs read before are kept" in sources.problems(poller.snapshot)
