"""An objective as OpenSLO: what is downloaded reads back as what was tried, and nothing else is written."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.openslo import slo_files
from dashboard.sources.demo.source import DemoSource
from dashboard.whatif.candidate import Candidate
from tests.steady import START
from tests.web.test_routes import ask


@pytest.fixture(scope="module")
def poller() -> Iterator[Poller]:
    ticked = Poller(DemoSource(start=START), Settings(title="Shop"), clock=lambda: float(START))
    ticked.tick()
    yield ticked
    ticked.stop()


def test_it_reads_back_as_what_was_tried(poller: Poller, tmp_path: Path) -> None:
    tried = "objective=0.95&threshold=0.1&window=1M&policy=pages"
    answer = ask(poller, f"/api/v1/slo?slo=cart-latency&format=openslo&{tried}")
    assert answer.headers["content-type"].startswith("application/yaml")
    assert 'filename="cart-latency-openslo-' in answer.headers["content-disposition"]
    path = tmp_path / "slo.yaml"
    path.write_text(answer.text, encoding="utf-8")
    (read,), diagnostics = slo_files.load_slos([str(path)], zone="UTC")
    assert diagnostics == ()
    now = next(report.slo for report in poller.read().slos if report.slo.name == "cart-latency")
    wanted = Candidate(0.95, 0.1, "1M", "pages").applied(now)
    assert (read.indicator, read.objective, read.window, read.limit) == (
        wanted.indicator, wanted.objective, wanted.window, wanted.limit,
    )  # fmt: skip
    assert read.policy is not None
    assert wanted.policy is not None
    assert read.policy.rows == wanted.policy.rows


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("objective=2", "objective is '2': write a share between 0 and 1, such as 0.999"),
        ("objective=nan", "objective is 'nan': write a share between 0 and 1"),
        ("threshold=soon", "threshold is 'soon': write seconds, such as 0.3"),
        ("threshold=0.11", "0.11 s is no bound of its latency buckets: possible are 0.005, 0.01,"),
        ("window=9d", "9d is no window: write 7d,"),
        ("policy=loud", "loud is no policy: write own,"),
        ("target=0.9", "nothing reads 'target'"),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(poller: Poller, query: str, sentence: str) -> None:
    answer = ask(poller, f"/api/v1/slo?slo=cart-latency&format=openslo&{query}")
    assert answer.status_code == 400
    assert sentence in answer.json()["error"]
