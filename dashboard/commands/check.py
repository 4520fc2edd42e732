"""check: the configuration, the objectives and the source are tried; every problem is named."""

import argparse
import sys
import time

from dashboard.commands.choices import limits, objectives, with_source
from dashboard.exceptions import ConfigError
from dashboard.promises import promised
from dashboard.slo.openslo.converting import convert
from dashboard.sources.opening import open_source
from dashboard.written import texts

WRONG_USE = 2


def check(chosen: argparse.Namespace) -> int:
    """Try everything that was configured, or convert files of other tools."""
    if chosen.convert:
        return converted(chosen.convert)
    config = with_source(chosen)
    slos, flaws = objectives(config)
    for flaw in flaws:
        print(f"golden-signals: note: {flaw}")
    source = open_source(config, now=time.time(), limits=limits(slos))
    try:
        found = source.discover(time.time())
    finally:
        source.close()
    for note in [*found.notes, *(f"{info.name}: {note}" for info in found.services for note in info.notes)]:
        print(f"golden-signals: note: {note}")
    every = config.agreements.applied(promised(found, slos))
    for slo in every:
        for text in (*slo.notes, *(slo.flaws if slo.policy is not None else ())):
            print(f"golden-signals: note: {slo.name}: {text}")
    if not found.services and not slos:
        raise ConfigError(f"{source.where}: answers, but no service was found: no known metric is there")
    print(
        f"golden-signals: {source.where}: {len(found.services)} services found, {len(every)} objectives, nothing wrong"
    )
    return 0


def converted(patterns: list[str]) -> int:
    """Definitions of Sloth, Pyrra, Nobl9 and older OpenSLO as OpenSLO v1 on standard output."""
    made = convert(texts(patterns))
    print(made.text, end="")
    for flaw in made.problems:
        print(f"golden-signals: {flaw}", file=sys.stderr)
    return WRONG_USE if any(flaw.fatal for flaw in made.problems) else 0
