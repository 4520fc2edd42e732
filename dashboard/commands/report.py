"""report: write the review of a period to a file, without a server."""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.commands.options import configuration_with_source
from dashboard.commands.out_file import out_file
from dashboard.config.configuration import Config
from dashboard.engine.opening import open_poller
from dashboard.engine.poller import Poller
from dashboard.engine.service_search import SEARCH_S
from dashboard.exceptions import ConfigError
from dashboard.review.making import narrowed
from dashboard.review.period import Period
from dashboard.review.review import Review
from dashboard.ui.text import source_text

if TYPE_CHECKING:
    from dashboard.commands.report_state import ReportState

# The same code as `status`: nothing is known about the period.
NO_DATA = 3
_FORMATS = {".html": "html", ".htm": "html", ".csv": "csv", ".json": "json"}


def report(options: argparse.Namespace) -> int:
    """Write the review of a period; the exit code is 3 if no objective has data.

    Raises:
        ConfigError: the period, service or team is invalid, or the file cannot be written.
    """
    config, now = configuration_with_source(options), time.time()
    period = _period(options.period, now, config.time_zone)
    options.format = options.format or _format_of(options.out)
    if options.format == "html" and options.out is None:
        raise ConfigError("--format html: name a file with --out")
    with _state(config) as state:
        # A signed review stays as it was, so nothing needs to be computed.
        if state is not None and not options.reviewed and (signed := state.signed(period, "", options)):
            _write(signed, options.out)
            return 0
        chosen = _chosen(_review(config, period, min(now, period.end), state), options)
        _write(_signed(state, chosen, options) or _text(chosen, options.format), options.out)
    for line in _remarks(chosen):
        print(f"golden-signals: {line}", file=sys.stderr)
    return 0 if _has_data(chosen) else NO_DATA


def _format_of(out: str | None) -> str:
    """The format that a file name asks for, such as `october.html`; Markdown if it says nothing."""
    return _FORMATS.get(Path(out or "").suffix.lower(), "md")


def _period(text: str, now: float, zone: str) -> Period:
    try:
        period = Period.checked(text, now, zone)
    except ValueError as error:
        raise ConfigError(f"--period: {error}") from None
    if period.start > now:
        raise ConfigError(f"--period {period.name}: it has not begun yet")
    return period


@contextmanager
def _state(config: Config) -> "Iterator[ReportState | None]":
    """The state store; None if it does not exist (it is not created)."""
    # Slow to import; a report without a state store does not need them.
    from dashboard.state.folders import is_there

    if not is_there(config.state):
        yield None
        return
    from dashboard.commands.report_state import ReportState

    state = ReportState(config)
    try:
        yield state
    finally:
        state.close()


def _review(config: Config, period: Period, now: float, state: "ReportState | None" = None) -> Review:
    """Compute the review as known at a time.

    Args:
        config: names the source. `period`: the period to review.
        now: epoch seconds: the end of the period, or the present if it is not over.
        state: the state store, if there is one.
    """
    from dashboard.review.making import review

    poller = open_poller(config, now=now)
    try:
        if state is not None:
            state.join(poller)
        _learn(poller)
        snapshot = poller.read()
        note = source_text.message(snapshot.source, config.time_zone)
        if note and not snapshot.slos:
            print(f"golden-signals: {source_text.placed(snapshot.source, note)}", file=sys.stderr)
        worked_out = review(poller.viewers.review_facts.of(period))
        return worked_out if state is None else state.noted(worked_out)
    finally:
        poller.stop()


def _signed(state: "ReportState | None", review: Review, options: argparse.Namespace) -> str | None:
    """The signed copy of a review; None if nobody has signed it off."""
    if state is None or not options.reviewed:
        return None
    return state.signed(review.period, review.services[0], options)


def _learn(poller: Poller) -> None:
    """Read everything a review needs: services, events, alerts, changes and incidents."""
    poller.tick()
    # A large file may take longer to read than one refresh may last.
    ends_at = time.monotonic() + SEARCH_S
    while poller.is_searching and time.monotonic() < ends_at:
        poller.tick()
    poller.alerts.read_all(poller.snapshot.at)
    if poller.capacity.has_prices(poller.snapshot.at):
        poller.capacity.read_all(poller.snapshot, None)
    while poller.study():
        pass
    poller.tick()


def _chosen(review: Review, options: argparse.Namespace) -> Review:
    """Restrict the review to the requested services.

    Raises:
        ConfigError: there is no such service or team.
    """
    services = set(review.services)
    if options.reviewed:
        services = {service for service in services if options.reviewed in (service, review.title_of(service))}
        if not services:
            raise ConfigError(f"--service {options.reviewed}: there is no such service with an objective")
    if options.team:
        services = {service for service in services if review.teams.get(service, "") == options.team}
        if not services:
            raise ConfigError(f"--team {options.team}: no service of it has an objective")
    return review if not options.reviewed and not options.team else narrowed(review, services)


def _text(review: Review, form: str) -> str:
    match form:
        case "html":
            from dashboard.ui.review.review_file import written

            return written(review)
        case "md":
            from dashboard.ui.text.review.review_markdown import markdown

            return markdown(review)
        case "csv":
            from dashboard.web.review.review_csv import as_csv

            return as_csv(review)
        case _:
            from dashboard.web.review.review_json import as_json

            return json.dumps(as_json(review), indent=1, allow_nan=False) + "\n"


def _write(text: str, out: str | None) -> None:
    with out_file(out, "--out") as file:
        file.write(text)


def _remarks(review: Review) -> Iterator[str]:
    """Remarks about the review, one line each."""
    if not review.objectives:
        yield "there is no objective"
    elif not _has_data(review):
        yield f"{review.period.name}: no data of any objective"


def _has_data(review: Review) -> bool:
    """Whether anything was counted in the period, be it too little to judge."""
    return any(objective.valid > 0 for objective in review.objectives)
