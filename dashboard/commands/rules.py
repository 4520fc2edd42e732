"""rules: Prometheus recording and alerting rules that give the same numbers and alerts."""

import argparse
import sys
import time
from pathlib import Path

from dashboard.commands.options import objectives, with_source
from dashboard.engine.default_slos import active_slos
from dashboard.engine.opening import open_source
from dashboard.exceptions import ConfigError
from dashboard.openslo.slo_files import latency_thresholds
from dashboard.rules import write_rule_tests, write_rules
from dashboard.slo.indicators import Query, Term
from dashboard.sources.protocol import Source

WRONG_USE = 2


def rules(chosen: argparse.Namespace) -> int:
    """Write the rules of all objectives to a file or to standard output."""
    config = with_source(chosen)
    if config.source.kind != "prometheus":
        raise ConfigError(f"rules are written for Prometheus: a {config.source.kind} source has no queries to record")
    slos, _ = objectives(config)
    source = open_source(config, now=time.time(), limits=latency_thresholds(slos))
    try:
        found = source.discover(time.time())
        every = config.agreements.applied(active_slos(found, slos))
        if not every:
            raise ConfigError(
                f"{source.where}: no objective to write rules for: no service was found, no file names one"
            )
        excluded = config.agreements.exclusions(every, time.time())
        made = write_rules(every, lambda term: _expression(source, term), exclusions=excluded)
        if chosen.tests:
            name = Path(chosen.out).name if chosen.out else "rules.yaml"
            _put(
                write_rule_tests(every, lambda term: _expression(source, term), rule_file=name), chosen.tests, "--tests"
            )
    finally:
        source.close()
    for note in made.notes:
        print(f"golden-signals: note: {note}", file=sys.stderr)
    _put(made.text, chosen.out, "--out")
    return 0


def _expression(source: Source, term: Term) -> str:
    return term.text if isinstance(term, Query) else source.expression(term)


def _put(text: str, path: str | None, option: str) -> None:
    if path is None:
        print(text, end="")
        return
    target = Path(path)
    if target.is_dir():
        raise ConfigError(f"{option} {path}: is a directory: name a file in it")
    half = target.with_name(f".{target.name}.part")
    try:
        half.write_text(text, encoding="utf-8")
        half.replace(target)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{option} {path}: {getattr(error, 'strerror', None) or error}") from None
