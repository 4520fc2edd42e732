"""The gate answers what the page shows: page, JSON, command and an oracle over 200 random states."""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, cast

import numpy as np
import pytest

from dashboard import cli
from dashboard.commands import gate as command
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.engine.snapshot import Snapshot
from dashboard.engine.source_status import SourceState
from dashboard.gate.policy import BudgetPolicy, Limits, Override, PolicyException
from dashboard.gate.standing import Reason
from dashboard.slo.report import SloReport, State
from dashboard.ui.panels import policy
from dashboard.web.gate.gate_api import GateApi
from tests.steady import Clock, Steady
from tests.web.gate.gate_client import asked

STATES = 200
CODES = {"go": 0, "hold": 1, "unknown": 3}


@dataclass(frozen=True)
class Published:
    """What reads a snapshot like a poller."""

    snapshot: Snapshot

    def read(self) -> Snapshot:
        return self.snapshot

    def clock(self) -> float:
        return self.snapshot.at


@pytest.fixture(scope="module")
def base() -> Iterator[Snapshot]:
    """Two services with two objectives each, all of them well."""
    source = Steady(Clock(), ("shop", "cart"))
    poller = Poller(source, Settings(), clock=source.clock)
    poller.tick()
    yield poller.read()
    poller.stop()


def drawn(base: Snapshot, seed: int) -> Snapshot:
    """A random state of that dashboard, some moments of exceptions exactly at their ends."""
    random = np.random.default_rng(seed)
    slos = tuple(_report(report, random) for report in base.slos)
    source = base.source
    if random.random() < 0.1:
        source = replace(source, state=random.choice([SourceState.STALE, SourceState.DOWN, SourceState.STARTING]))
    services = tuple(
        replace(report, slos=tuple(slo for slo in slos if slo.slo.service == report.name), info=replace(
            report.info, tier=int(random.integers(1, 4))))
        for report in base.services
    )  # fmt: skip
    by_name = {report.name: report for report in services}
    return replace(base, slos=slos, services=services, by_name=by_name, source=source, policy=_policy(random, base.at))


def _report(report: SloReport, random: np.random.Generator) -> SloReport:
    remaining = float(random.choice([1.0, 0.7, 0.5, 0.4, 0.25, 0.1, 0.0, -0.2, random.uniform(-1, 1)]))
    severity = random.choice(["", "", "", "page", "ticket"])
    alerts = tuple(
        replace(alert, firing=alert.rule.row.severity == severity and bool(random.random() < 0.6))
        for alert in report.alerts
    )
    state = State.EXHAUSTED if remaining <= 0 else State.ACCEPTABLE
    drawn = replace(report, remaining=remaining, alerts=alerts, state=state)
    match random.integers(0, 12):
        case 0:
            return replace(drawn, stale=True, state=State.NO_DATA)
        case 1:
            return replace(drawn, is_partial_now=True)
        case 2:
            return replace(drawn, remaining=None, state=State.NO_DATA)
        case _:
            return drawn


def _policy(random: np.random.Generator, now: float) -> BudgetPolicy:
    limits = Limits(burning=("page", "ticket") if random.random() < 0.2 else ("page",))
    other = Override(Limits(0.9, 0.5, 0.1), tiers=(1,))
    exceptions = tuple(
        PolicyException(
            "Ada",
            "a <b>reason</b>",
            now + float(random.choice([-1, 0, 1, 3600])),
            now + float(random.choice([-7200, -2, -1])),
            services=(str(random.choice(["shop", "cart", "*"])),),
            even_burning=bool(random.random() < 0.4),
        )
        for _ in range(random.integers(0, 3))
    )
    return BudgetPolicy(limits, (other,) if random.random() < 0.3 else (), exceptions)


def expected(snapshot: Snapshot, report: SloReport, reason: str) -> str:
    """The answer about one objective, written down apart from the product."""
    burning_severities = set(snapshot.policy.limits.burning)
    limit_all, limit_features = 0.0, 0.25
    if snapshot.policy.overrides and snapshot.by_name[report.slo.service].info.tier == 1:
        burning_severities, limit_all, limit_features = {"page"}, 0.1, 0.5
    burning = any(alert.firing and alert.rule.row.severity in burning_severities for alert in report.alerts)
    if snapshot.source.state is not SourceState.OK or report.stale:
        return "unknown"
    if not burning and (report.is_partial_now or report.remaining is None):
        return "unknown"
    excepted = any(
        each.begins <= snapshot.at < each.until
        and each.services[0] in ("*", report.slo.service)
        and (each.even_burning or not burning)
        for each in snapshot.policy.exceptions
    )
    if excepted:
        return "go"
    if burning:
        return "hold"
    assert report.remaining is not None
    assert limit_all <= limit_features
    return "hold" if report.remaining <= limit_features and reason == "feature" else "go"


def shown(snapshot: Snapshot, report: SloReport) -> dict[str, str]:
    """What the page of objectives says may be released."""
    text = html.unescape(re.sub("<[^>]+>", " ", policy.stands(snapshot, report)))
    words = {
        "eatures and fixes may be released now.": ("go", "go"),
        "nly fixes may be released now.": ("hold", "go"),
        "othing may be released now.": ("hold", "hold"),
        "is not known what may be released now.": ("unknown", "unknown"),
    }
    (answers,) = [answer for sentence, answer in words.items() if sentence in text]
    return dict(zip(map(str, Reason), answers, strict=True))


def overall(answers: list[str]) -> str:
    return next(verdict for verdict in ("hold", "unknown", "go") if verdict in answers)


def test_page_json_and_command_answer_alike_on_random_states(
    base: Snapshot, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Any
) -> None:
    config = tmp_path / "golden.toml"
    config.write_text('[source]\nkind = "demo"\n', encoding="utf-8")
    at = datetime.fromtimestamp(base.at, UTC).isoformat()
    words = ["gate", "--config", str(config), "--format", "json", "--at", at]
    options = cli._parser(words).parse_args(words)
    counted: dict[tuple[str, str], int] = {}
    for seed in range(STATES):
        snapshot = drawn(base, seed)
        api = GateApi(cast(Poller, Published(snapshot)), steady=lambda seed=seed: float(seed))
        monkeypatch.setattr(command, "judged_once", lambda *_, snapshot=snapshot: snapshot)
        reason = str(list(Reason)[seed % 2])
        wanted = [expected(snapshot, report, reason) for report in snapshot.slos]
        assert [shown(snapshot, report)[reason] for report in snapshot.slos] == wanted, seed
        answer = asked(api, {"reason": reason}).json()
        verdicts = {each["slo"]: each["verdict"] for each in answer["objectives"]}
        assert [verdicts[report.slo.name] for report in snapshot.slos] == wanted, seed
        assert answer["verdict"] == overall(wanted), seed
        for name in ("shop", "cart") if seed % 10 == 0 else ():
            of_service = [
                each for each, report in zip(wanted, snapshot.slos, strict=True) if report.slo.service == name
            ]
            assert asked(api, {"service": name, "reason": reason}).json()["verdict"] == overall(of_service), seed
        options.reason = reason
        code = options.run(options)
        printed = json.loads(capsys.readouterr().out)
        assert (code, printed) == (CODES[answer["verdict"]], answer), seed
        counted[reason, answer["verdict"]] = counted.get((reason, answer["verdict"]), 0) + 1
    # Each answer was given to both reasons.
    assert len(counted) == 6
    assert min(counted.values()) >= 3
