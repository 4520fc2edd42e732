"""promtool run on texts, and tests for it written from numbers."""

import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from dashboard.promql import quoted
from dashboard.slo.indicators import Column, Query, Term
from tests.servers import binary

RULES = "rules.yaml"


def expression(term: Term) -> str:
    """PromQL of a term as a usual Prometheus has it."""
    if isinstance(term, Query):
        return term.text
    service = f"service={quoted(term.service)}"
    match term.measure:
        case "requests":
            return f"sum(http_requests_total{{{service}}})"
        case "errors":
            return f'sum(http_requests_total{{{service},code=~"5.."}})'
        case "latency" | "failed_latency":
            bound = "+Inf" if term.detail == "inf" else term.detail
            return f"sum(http_request_duration_seconds_bucket{{{service},le={quoted(bound)}}})"
    return f"max(resource{{{service},name={quoted(term.detail)}}})"


def words(term: Term) -> str:
    """A term in words, as CSV sources describe it."""
    assert isinstance(term, Column), "a file has columns"
    return f"{term.measure} {term.detail} of {term.service}"


def check(folder: Path, text: str) -> str:
    """What `promtool check rules` says of them; fails if it finds anything wrong."""
    (folder / RULES).write_text(text, encoding="utf-8")
    done = _run("check", "rules", str(folder / RULES))
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def failures(folder: Path, rules: str, tests: str) -> str:
    """What `promtool test rules` finds wrong; empty when all is as expected."""
    (folder / RULES).write_text(rules, encoding="utf-8")
    (folder / "tests.yaml").write_text(tests, encoding="utf-8")
    done = _run("test", "rules", str(folder / "tests.yaml"))
    return "" if done.returncode == 0 else done.stdout + done.stderr


def file_of(
    every: str, series: Mapping[str, Iterable[float]], checks: Iterable[Mapping[str, Any]], *, order: Sequence[str]
) -> str:
    """A test file with one test: a sample of each series a minute, NaN where there is none; groups in their order."""
    fed = [{"series": name, "values": " ".join(_sample(value) for value in values)} for name, values in series.items()]
    test = {"interval": "1m", "input_series": fed, "promql_expr_test": list(checks)}
    data = {"rule_files": [RULES], "evaluation_interval": every, "group_eval_order": list(order), "tests": [test]}
    return yaml.safe_dump(data, width=10_000)


def near(minute: int, text: str, value: float | None) -> dict[str, Any]:
    """An expectation: this number, to a billionth, or none."""
    if value is None:
        return {"eval_time": f"{minute}m", "expr": text, "exp_samples": []}
    expr = f"sum(abs({text} - {value!r}) < bool {max(1.0, abs(value)) * 1e-9!r})"
    return {"eval_time": f"{minute}m", "expr": expr, "exp_samples": [{"labels": "{}", "value": 1}]}


def fires(minute: int, matchers: str, firing: bool) -> dict[str, Any]:
    """An expectation: an alert fires, or does not."""
    expr = f'count(ALERTS{{alertstate="firing",{matchers}}})'
    samples = [{"labels": "{}", "value": 1}] if firing else []
    return {"eval_time": f"{minute}m", "expr": expr, "exp_samples": samples}


def counter(increments: np.ndarray) -> np.ndarray:
    """Samples of a counter at the beginning and after each minute."""
    return np.concatenate([[0.0], np.cumsum(increments)])


def _sample(value: float) -> str:
    return "_" if np.isnan(value) else f"{value:.12g}" if value < 1e12 else f"{value:.0f}"


def _run(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([binary("promtool"), *words], capture_output=True, text=True, check=False)
