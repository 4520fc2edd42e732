"""Our rules as VictoriaMetrics' vmalert replays them over the past of a VictoriaMetrics, which keeps what they give."""

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import httpx
import numpy as np

from dashboard.rules.rule_files import SHOWN, rule_group, to_yaml
from dashboard.slo.objective import Slo
from dashboard.slo.timeline import runs
from dashboard.sources.protocol import Source
from tests.servers import Server, binary, free_port

STEP = 60
# What vmalert asks for by itself are values five minutes apart, whatever the interval of the rules.
# A rule that reads what another one recorded is evaluated once that can be read: a second to send it, one to find it.
FLUSH_S, DELAY_S = 1, 3
LONGEST_S = 1800
Row = tuple[str, str, int, int | None]


def replayed(server: Server, folder: Path, slo: Slo, source: Source, *, start: int, end: int) -> list[Row]:
    """When each burn alert fires: severity, long window, first moment, and first at which it no longer fires.

    Args:
        server: a VictoriaMetrics that holds the past. `folder`: for the file of rules. `slo`: whose rules.
        source: writes the expressions. `start`, `end`: epoch seconds of the first and last evaluation.
    """
    file = folder / "rules.yaml"
    file.write_text(_without_annotations(slo, source), encoding="utf-8")
    times = [f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%SZ}" for moment in (start, end)]
    command = [
        binary("vmalert"), f"-rule={file}", f"-datasource.url={server.url}", f"-remoteWrite.url={server.url}",
        f"-replay.timeFrom={times[0]}", f"-replay.timeTo={times[1]}", f"-replay.rulesDelay={DELAY_S}s",
        f"-remoteWrite.flushInterval={FLUSH_S}s", f"-datasource.queryStep={STEP}s",
        "-replay.maxDatapointsPerQuery=10000", "-replay.disableProgressBar",
        f"-httpListenAddr=127.0.0.1:{free_port()}", "-loggerLevel=ERROR", "-remoteWrite.maxQueueSize=1000000",
    ]  # fmt: skip
    subprocess.run(command, check=True, timeout=LONGEST_S, stdout=subprocess.DEVNULL)
    httpx.get(f"{server.url}/internal/force_flush", timeout=60)
    rows: list[Row] = []
    for line in _exported(server, 'ALERTS{alertname="ErrorBudgetBurn",alertstate="firing"}'):
        labels, fires = line["metric"], np.zeros((end - start) // STEP + 1, dtype=bool)
        fires[(np.array(line["timestamps"]) // 1000 - start) // STEP] = True
        for begin, after in runs(fires):
            until = start + after * STEP if after < len(fires) else None
            rows.append((labels["severity"], labels["long"], start + begin * STEP, until))
    return sorted(rows, key=lambda row: (row[2], row[1]))


def _without_annotations(slo: Slo, source: Source) -> str:
    """The rules of an objective, as far as alerts need them: a replay refuses annotations that ask for values."""
    group = rule_group(slo, lambda term: source.expression(term))  # type: ignore[arg-type]
    rules = [
        {key: value for key, value in rule.items() if key != "annotations"}
        for rule in group["rules"]
        if rule.get("record") not in SHOWN and rule.get("alert", "ErrorBudgetBurn") == "ErrorBudgetBurn"
    ]
    return to_yaml({"groups": [{"name": "replayed", "interval": group["interval"], "rules": rules}]})


def _exported(server: Server, selector: str) -> list[dict[str, dict[str, str]]]:
    """Samples as they are stored, a series a line: a query would look back for them."""
    answer = httpx.get(f"{server.url}/api/v1/export", params={"match[]": selector}, timeout=120).raise_for_status()
    return [json.loads(line) for line in answer.text.splitlines()]
