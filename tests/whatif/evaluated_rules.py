"""Our rules as a real Prometheus evaluates them over a past that it was filled with, at their own interval."""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from dashboard.durations import promql_duration
from dashboard.engine.default_slos import availability
from dashboard.engine.past.past_rows import Wanted, read_past
from dashboard.rules.recording import PREFIX
from dashboard.rules.rule_files import SHOWN, rule_group
from dashboard.slo.objective import Slo
from dashboard.slo.timeline import runs
from dashboard.sources.prometheus.source import PrometheusSource
from dashboard.sources.protocol import Source
from dashboard.timerange import HOUR
from dashboard.whatif.back_test import fired
from dashboard.whatif.past import Past
from tests.servers import NOW, Server, backfill, filled
from tests.whatif.replayed_rules import replayed

# Prometheus answers no more than 11,000 points.
POINTS = 10_000
STEP = 60
END = NOW // HOUR * HOUR
Row = tuple[str, str, int, int | None]


def evaluated(server: Server, folder: Path, slo: Slo, source: Source, *, start: int, end: int) -> list[Row]:
    """When each burn alert fires: severity, long window, first moment, and first at which it no longer fires.

    Args:
        server: runs, with its data in `folder`. `slo`: whose rules. `source`: writes the expressions.
        start, end: epoch seconds of the first and last evaluation.
    """
    rules = rule_group(slo, lambda term: source.expression(term))["rules"]  # type: ignore[arg-type]
    record(server, folder, [rule for rule in rules if "record" in rule and rule["record"] not in SHOWN], start, end)
    rows: list[Row] = []
    for rule in rules:
        if rule.get("alert") != "ErrorBudgetBurn":
            continue
        (fires,) = [*values(server, rule["expr"], start, end).values()] or [np.full((end - start) // STEP + 1, np.nan)]
        for begin, after in runs(~np.isnan(fires)):
            until = start + after * STEP if after < len(fires) else None
            rows.append((rule["labels"]["severity"], rule["labels"]["long"], start + begin * STEP, until))
    return sorted(rows, key=lambda row: (row[2], row[1]))


def record(server: Server, folder: Path, rules: Sequence[dict[str, Any]], start: int, end: int) -> None:
    """Evaluate recording rules over the past and keep what they give: those first that read no others."""
    known: set[str] = set()
    waiting = list(rules)
    while waiting:
        ready = [rule for rule in waiting if not reads(rule, [other for other in waiting if name(other) not in known])]
        lines: list[str] = []
        for rule in ready:
            labels = ",".join(f'{label}="{value}"' for label, value in rule["labels"].items())
            for row_values in values(server, rule["expr"], start, end).values():
                moments = np.flatnonzero(~np.isnan(row_values))
                lines += [
                    f"{rule['record']}{{{labels}}} {float(row_values[at])!r} {start + int(at) * STEP}" for at in moments
                ]
        known |= {name(rule) for rule in ready}
        waiting = [rule for rule in waiting if name(rule) not in known]
        (folder / "recorded.om").write_text("\n".join([*lines, "# EOF", ""]), encoding="utf-8")
        backfill(folder / "recorded.om", folder / "blocks")
        server.stop()
        for block in (folder / "blocks").iterdir():
            shutil.move(block, folder / "data" / block.name)
        server.start()


def name(rule: dict[str, Any]) -> str:
    return f"{rule['record']}|{rule['labels'].get('window', '')}"


def reads(rule: dict[str, Any], others: Sequence[dict[str, Any]]) -> bool:
    """Whether an expression reads what one of these records."""
    return any(
        other is not rule and other["record"] in rule["expr"] and other["record"].startswith(PREFIX) for other in others
    )


def values(server: Server, query: str, start: int, end: int) -> dict[str, np.ndarray]:
    """A range query at the rules' interval: series → values, NaN where there is none."""
    points = (end - start) // STEP + 1
    series: dict[str, np.ndarray] = {}
    for first in range(0, points, POINTS):
        last = min(first + POINTS, points) - 1
        asked = {"query": query, "start": start + first * STEP, "end": start + last * STEP, "step": STEP}
        answer = httpx.post(f"{server.url}/api/v1/query_range", data=asked, timeout=120).raise_for_status().json()
        for row in answer["data"]["result"]:
            found = series.setdefault(str(row["metric"]), np.full(points, np.nan))
            for moment, value in row["values"]:
                found[(int(moment) - start) // STEP] = float(value)
    return series


def exposition(past: dict[tuple[str, str], np.ndarray], times: np.ndarray) -> Iterator[str]:
    """Counters of services by status code as an OpenMetrics text.

    Args:
        past: (service, code) → requests of each scrape. `times`: epoch seconds of the scrapes.
    """
    yield "# TYPE http_requests counter"
    for (service, code), amounts in past.items():
        labels = f'job="{service}",instance="{service}-0",code="{code}"'
        totals = np.cumsum(amounts)
        for value, at in zip(totals.tolist(), times.tolist(), strict=True):
            yield f"http_requests_total{{{labels}}} {value:.0f} {at}"
    yield "# EOF\n"


def hours_of_trouble(rng: np.random.Generator, scrapes: int, every: int, troubles: int) -> np.ndarray:
    """A share of failures for each scrape: a calm one, and stretches of every size and length around the thresholds."""
    share = np.full(scrapes, 0.0004)
    for _ in range(troubles):
        begin = int(rng.integers(0, scrapes))
        length = int(rng.choice([120, 300, 900, 2400, 7200, 21600, 86400]) * rng.uniform(0.5, 1.5) / every)
        # From what no rule looks at to what any sees.
        share[begin : begin + max(length, 1)] += float(rng.choice([0.0006, 0.002, 0.005, 0.013, 0.016, 0.05, 0.3]))
    return np.minimum(share, 1.0)


def compared(
    folder: Path, *, every: int, phase: int, span: int, troubles: int, lead: int = 0, kind: str = "prometheus"
) -> tuple[list[Row], list[Row]]:
    """When each alert fires: by a server that was filled with a past, and by the back-test on that server.

    Args:
        folder: of its data. `kind`: prometheus, or victoria, beside which vmalert evaluates.
        every, phase: seconds between two scrapes, and of the first after a full step.
        span, lead: seconds in which alerts are looked at, and of the past before that. `troubles`: so many.
    """
    start, rng = END - span, np.random.default_rng(every)
    times = np.arange(start - lead, END + 1, every) // every * every + phase
    requests = np.floor(every * 40 * (1 + 0.5 * np.sin(times / HOUR / 24 * 2 * np.pi)) + rng.random(len(times)))
    failed = rng.binomial(requests.astype(int), hours_of_trouble(rng, len(times), every, troubles))
    past = {("checkout", "200"): requests - failed, ("checkout", "500"): failed}
    server = filled(kind, folder, "\n".join(exposition(past, times)))
    source = PrometheusSource(server.url)
    try:
        catalog = source.discover(END)
        source.adopt(catalog)
        slo = availability("checkout", 0.999)
        read = read_past(source, Wanted(slo, catalog.named("checkout"), catalog, END, float(span)))
        evaluate = evaluated if kind == "prometheus" else replayed
        rows = evaluate(server, folder, slo, source, start=start - lead, end=END)
    finally:
        source.close()
        server.stop()
    within = [(*row[:2], max(row[2], start), row[3]) for row in rows if row[3] is None or row[3] > start]
    return sorted(within, key=lambda row: (row[2], row[1])), back_tested(read, slo)


def back_tested(past: Past, slo: Slo) -> list[Row]:
    """The rows as the back-test has them."""
    rows = [
        (alert.severity, promql_duration(alert.rule.row.long_s), int(alert.start), alert.end and int(alert.end))
        for alert in fired(slo, past.own, past.since)
    ]
    return sorted(rows, key=lambda row: (row[2], row[1]))
