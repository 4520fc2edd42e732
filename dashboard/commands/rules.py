"""rules: write Prometheus recording and alerting rules that give the same numbers and alerts."""

import argparse
import sys
import time
from contextlib import closing
from pathlib import Path

from dashboard.commands.answer import no_data
from dashboard.commands.options import configuration_with_source
from dashboard.commands.out_file import STANDARD, out_file
from dashboard.engine.default_slos import active_slos
from dashboard.engine.described_services import discovered
from dashboard.engine.opening import configured_slos, open_source
from dashboard.exceptions import ConfigError, SourceError
from dashboard.rules import write_rule_tests, write_rules
from dashboard.slo.indicators import Query, Term
from dashboard.sources.protocol import Source


def rules(options: argparse.Namespace) -> int:
    """Write the rules of all SLOs to a file or to standard output; the exit code is 3 where there is none."""
    config = configuration_with_source(options)
    if not config.source.has_queries:
        raise ConfigError(f"rules are written for Prometheus: a {config.source.kind} source has no queries to record")
    configured, _ = configured_slos(config)
    now = time.time()
    with closing(open_source(config, now=now, slos=configured)) as source:
        try:
            catalog = discovered(source, config.services, now)
        except SourceError as error:
            return no_data(error)
        agreements = config.agreements.for_services(catalog.short_names)
        slos = agreements.applied(active_slos(catalog, configured))
        if not slos:
            return no_data(f"{source.where}: no SLO to write rules for: no service was found, no file names one")
        excluded = agreements.exclusions(slos, now)
        rule_file = write_rules(slos, lambda term: _expression(source, term), exclusions=excluded)
        if options.tests:
            # promtool looks for the rule file beside the test file.
            name = "rules.yaml" if options.out in (None, STANDARD) else Path(options.out).name
            tests = write_rule_tests(slos, lambda term: _expression(source, term), rule_file=name)
            _write(tests, options.tests, "--tests")
    # Use standard error, as standard output may be the rules themselves.
    for note in rule_file.notes:
        print(f"golden-signals: note: {note}", file=sys.stderr)
    _write(rule_file.text, options.out, "--out")
    return 0


def _expression(source: Source, term: Term) -> str:
    return term.text if isinstance(term, Query) else source.expression(term)


def _write(text: str, path: str | None, option: str) -> None:
    # Prometheus may reload at any time and must never read a partial file.
    with out_file(path, option) as file:
        file.write(text)
