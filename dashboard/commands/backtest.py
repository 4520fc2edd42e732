"""backtest: which burn alerts would have fired, and what another objective or policy would have changed."""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product

from dashboard.commands.explain import duration
from dashboard.commands.options import configuration_with_source
from dashboard.commands.row_times import typed_moment
from dashboard.engine.opening import open_poller
from dashboard.engine.past.past_rows import Wanted, read_past
from dashboard.engine.poller import Poller
from dashboard.engine.service_search import SEARCH_S
from dashboard.engine.snapshot import Snapshot
from dashboard.exceptions import ConfigError, SourceError
from dashboard.openslo import slo_files
from dashboard.redaction import redacted
from dashboard.slo.objective import Slo
from dashboard.timerange import DAY
from dashboard.toml.reader import nearest
from dashboard.ui.text import source_text, what_if_text
from dashboard.web.service.what_if_json import as_json
from dashboard.whatif.candidate import OWN, POLICIES, WINDOWS, Candidate, has_thresholds
from dashboard.whatif.past import Past
from dashboard.whatif.suggestion import Suggestion, suggestion
from dashboard.whatif.what_if import BackTested, WhatIf, what_if

NO_DATA = 3
# Seconds without output after which progress is reported.
QUIET_S = 2.0
# How many of the objectives left out are named.
SHOWN = 5
# Reading a longer span would take too long.
SPAN_MAX = 400 * DAY


def backtest(options: argparse.Namespace) -> int:
    """Print the back-test; the exit code is 3 if the past is unknown for any objective.

    Raises:
        ConfigError: an option has an invalid value.
    """
    names, candidates = _names(options), _candidates(options)
    config = configuration_with_source(options)
    span = duration(options.span, "--span") or 30.0 * DAY
    if not DAY <= span <= SPAN_MAX:
        raise ConfigError(f"--span {options.span}: write 1d to {SPAN_MAX // DAY}d")
    moment = typed_moment(options.at, config.time_zone, "--at") if options.at else None
    poller = open_poller(config, now=moment, is_watched=False)
    try:
        snapshot = _looked_back(poller)
        slos = _with_thresholds(_chosen(snapshot, options.backtested, names), options.threshold)
        tests = [_tested(poller, snapshot, slo, candidates, span) for slo in slos]
    except SourceError as error:
        print(f"golden-signals: {redacted(str(error))}", file=sys.stderr)
        return NO_DATA
    finally:
        poller.source.close()
    if options.format == "json":
        print(json.dumps(as_json(snapshot, tests), indent=1, allow_nan=False))
    else:
        print("\n".join(what_if_text.table(test, snapshot.time_zone) for test in tests), end="")
    for test in tests:
        if test.error:
            print(f"golden-signals: {test.slo.name}: {redacted(test.error)}", file=sys.stderr)
    return 0 if any(test.tried for test in tests) else NO_DATA


def _looked_back(poller: Poller) -> Snapshot:
    """The newest snapshot after all of the past was read, so that incidents are known."""
    poller.tick()
    ends_at = time.monotonic() + SEARCH_S
    while poller.is_searching and time.monotonic() < ends_at:
        poller.tick()
    while poller.study():
        pass
    poller.tick()
    return poller.read()


def _names(options: argparse.Namespace) -> list[str]:
    """Remove objective names from the values of `--slo` and return them; the remaining values are files."""
    texts = list(options.slo or ())
    names = [text for text in texts if not slo_files.find_files(text) and not _is_path(text)]
    options.slo = [text for text in texts if text not in names]
    return names


def _is_path(text: str) -> bool:
    return any(sign in text for sign in "/\\*?[") or text.endswith((".yaml", ".yml"))


def _candidates(options: argparse.Namespace) -> list[Candidate]:
    """Every combination of the options to try, without the objective as it is configured.

    Raises:
        ConfigError: a number is out of range, or a name is unknown.
    """
    for objective in options.objective or ():
        if not 0 < objective < 1:
            raise ConfigError(f"--objective {objective:g}: write a share between 0 and 1, such as 0.999")
    for limit in options.threshold or ():
        if not limit > 0:
            raise ConfigError(f"--threshold {limit:g}: write seconds, such as 0.3")
    for flag, names, known in (
        ("--window", options.window, WINDOWS),
        ("--policy", options.policy, {OWN: None, **POLICIES}),
    ):
        for name in names or ():
            if name not in known:
                # The message already lists all names; add a hint only if one of them is similar.
                near = hint if (hint := nearest(name, list(known))).startswith("; did you mean") else ""
                raise ConfigError(f"{flag} {name}: expected one of {', '.join(known)}{near}")
    choices = (options.objective, options.threshold, options.window, options.policy)
    if not any(choices):
        return []
    return [Candidate(*chosen) for chosen in product(*(choice or [None] for choice in choices))]


def _chosen(snapshot: Snapshot, service: str | None, names: Sequence[str]) -> list[Slo]:
    """The objectives to back-test.

    Args:
        snapshot: holds all objectives. `service`: restricts them; None: all services. `names`: objectives; empty: all.

    Raises:
        ConfigError: the service or objective does not exist.
        SourceError: there are no objectives.
    """
    slos = [report.slo for report in snapshot.slos]
    if not slos:
        why = source_text.message(snapshot.source, snapshot.time_zone) or "there is no objective"
        raise SourceError(source_text.placed(snapshot.source, why))
    if service is not None:
        of_service = [slo for slo in slos if service in (slo.service, snapshot.service_title(slo.service))]
        if not of_service:
            known = sorted({slo.service for slo in slos})
            raise ConfigError(f"--service {service}: has no objective{nearest(service, known)}")
        slos = of_service
    for name in names:
        if name not in {slo.name for slo in slos}:
            raise ConfigError(f"--slo {name}: no file and no objective{nearest(name, [slo.name for slo in slos])}")
    return [slo for slo in slos if not names or slo.name in names]


def _with_thresholds(slos: list[Slo], wanted: Sequence[float] | None) -> list[Slo]:
    """The objectives that can be tried with other latency thresholds, if any are wanted; a message names the rest.

    Raises:
        ConfigError: no objective can.
    """
    able = [slo for slo in slos if not wanted or has_thresholds(slo)]
    unable = sorted({slo.name for slo in slos} - {slo.name for slo in able})
    if unable:
        listed = ", ".join(unable[:SHOWN]) + (f" and {len(unable) - SHOWN} more" if len(unable) > SHOWN else "")
        said = f"--threshold: {listed}: no latency threshold that could be another one"
        if not able:
            raise ConfigError(said)
        print(f"golden-signals: {said}; left out", file=sys.stderr)
    return able


def _tested(
    poller: Poller, snapshot: Snapshot, slo: Slo, candidates: Sequence[Candidate], span: float
) -> BackTested:  # fmt: skip
    """Back-test one objective as it is and with every candidate.

    Args:
        poller: holds the source. `snapshot`: the newest one. `slo`: the objective.
        candidates: what to try; empty: the suggested objective and the next tighter one. `span`: seconds.

    Raises:
        ConfigError: a candidate cannot be tried for this objective.
    """
    catalog = poller.catalog
    assert catalog is not None, "an objective is judged by one"
    wanted = Wanted(
        slo, catalog.named(slo.service), catalog, snapshot.at, span,
        # Each bucket bound needs a query of its own.
        has_bounds=any(candidate.limit is not None for candidate in candidates), stored=poller.past_hours,
    )  # fmt: skip
    wanted = replace(wanted, exclusions=poller.exclusions_since(wanted.since))
    try:
        past = read_past(poller.source, wanted, progress=_Progress(slo))
    except SourceError as error:
        return BackTested(slo, error=str(error))
    if not past.own.values[:, 2].any():
        return BackTested(slo, error="nothing was measured in this span")
    is_burning = any(report.is_burning for report in snapshot.slos if report.slo == slo)
    suggested = suggestion(slo, past.reaching_back(None), float(past.at), is_burning=is_burning)
    tried = [_result(slo, past, candidate, snapshot) for candidate in (Candidate(), *(candidates or _near(suggested)))]
    return BackTested(slo, tuple(tried), suggested)


def _result(slo: Slo, past: Past, candidate: Candidate, snapshot: Snapshot) -> WhatIf:
    try:
        return what_if(slo, past, candidate, snapshot.incidents)
    except ValueError as error:
        raise ConfigError(f"{slo.name}: {error}") from None


def _near(suggested: Suggestion) -> Iterator[Candidate]:
    """The suggested objective and the next tighter one, if they differ from the current one."""
    for tried in (suggested.best, suggested.tighter):
        if tried is not None and suggested.now is not None and tried.objective != suggested.now.objective:
            yield Candidate(objective=tried.objective)


class _Progress:
    """Reports progress on standard error, at most once every few seconds."""

    def __init__(self, slo: Slo) -> None:
        self._name, self._said_at = slo.name, time.monotonic()

    def __call__(self, done: int, of: int) -> None:
        now = time.monotonic()
        if now - self._said_at >= QUIET_S:
            self._said_at = now
            print(f"golden-signals: {self._name}: reading its past, part {done + 1} of {of}", file=sys.stderr)
