"""gate --watch: check repeatedly until the time is over or something is breached; the exit code is the answer."""

import argparse
import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass

from dashboard.commands.added_exceptions import added_exceptions
from dashboard.commands.answer import print_answer, remark
from dashboard.commands.explain import duration
from dashboard.commands.options import configuration_with_source
from dashboard.commands.two_values import two_values
from dashboard.commands.unknown_names import no_such_name
from dashboard.config.configuration import Config
from dashboard.engine.gate.judged_once import Judge, UnknownName, Wanted
from dashboard.engine.gate.watching import Watch, Watched
from dashboard.engine.opening import configured_slos, open_source, settings_of
from dashboard.exceptions import ConfigError
from dashboard.gate.limits import Limit, limit_of
from dashboard.gate.standing import Reason, Verdict
from dashboard.gate.steady import SteadyState
from dashboard.gate.watch import Look
from dashboard.redaction import redacted
from dashboard.toml.reader import nearest
from dashboard.ui.text import watch_text
from dashboard.web.gate.watch_json import as_json

# 2 is wrong use, as in every command.
EXIT_CODES = {Verdict.GO: 0, Verdict.HOLD: 1, Verdict.UNKNOWN: 3}
LONGEST_S, SHORTEST_LOOK_S = 24 * 3600.0, 1.0


@dataclass(frozen=True, slots=True)
class Clock:
    """The current time in epoch seconds, and how to wait; tests replace both."""

    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep


def watch(options: argparse.Namespace, clock: Clock = Clock()) -> int:
    """Check repeatedly; the exit code is that of the first breach, or of the last check.

    Raises:
        ConfigError: a name does not exist, or an option is invalid.
    """
    if options.at is not None:
        raise ConfigError("--at and --watch exclude each other: a watch begins now")
    config = configuration_with_source(options)
    seconds = duration(options.watch, "--watch") or 0.0
    every = config.refresh if options.every is None else duration(options.every, "--every") or 0.0
    if not 0 < seconds <= LONGEST_S:
        raise ConfigError(f"--watch {options.watch}: up to a day, such as 30m")
    if every < SHORTEST_LOOK_S:
        raise ConfigError(f"--every {options.every}: a second or more, such as 15s")
    began = clock.now()
    steady = _steady(options, config)
    watched = _watched(options, steady, began)
    wanted = Wanted(watched.services, tuple(options.objectives or ()) + (steady.slos if steady else ()))
    slos, _ = configured_slos(config)
    with added_exceptions(config) as exceptions, closing(open_source(config, now=began, slos=slos)) as source:
        judge = Judge(source, settings_of(config, slos), wanted)
        looks = _looks(Watch(source, judge, slos, watched, exceptions), began + seconds, every, clock)
        try:
            last, number = _followed(looks, config.time_zone)
        except UnknownName as unknown:
            raise no_such_name(unknown, source.where) from None
    print_answer(_written(options, last, watched, number, config.time_zone))
    return EXIT_CODES[last.verdict]


def _looks(watching: Watch, until: float, every: float, clock: Clock) -> Iterator[Look]:
    """Yield one look after the other until the time is over.

    Args:
        watching: performs the looks. `until`: epoch seconds. `every`: seconds between two looks. `clock`: time source.
    """
    while True:
        due = clock.now() + every
        # A look may take long; it counts from the time at which it started.
        yield watching.look(clock.now())
        if clock.now() >= until:
            return
        clock.sleep(max(min(due, until) - clock.now(), 0.0))


def _followed(looks: Iterator[Look], zone: str) -> tuple[Look, int]:
    """The look that ends the watch and its number; changes are reported immediately, one line each."""
    last, number = next(looks), 1
    _say(last, zone)
    while last.breach is None and (look := next(looks, None)) is not None:
        if watch_text.progress(look) != watch_text.progress(last):
            _say(look, zone)
        last, number = look, number + 1
    return last, number


def _say(look: Look, zone: str) -> None:
    remark(redacted(f"{watch_text.at(look, zone)} {watch_text.progress(look)}"))


def _watched(options: argparse.Namespace, steady: SteadyState | None, began: float) -> Watched:
    """What to watch.

    Args:
        options: of the command line. `steady`: the named steady state, if any. `began`: epoch seconds.
    """
    typed = tuple(map(_limit, options.limits or ()))
    services = tuple(dict.fromkeys((*(options.services or ()), *(steady.services if steady else ()))))
    canary = None if options.label is None else two_values(options.label)
    for option, value in (("--limit", typed), ("--label", canary)):
        if value and not services:
            raise ConfigError(f"{option} is of a service: add --service NAME")
    limits = (*typed, *(steady.limits if steady else ()))
    return Watched(began, Reason(options.reason), services, canary, limits, compares=not options.no_compare)


def _limit(text: str) -> Limit:
    try:
        return limit_of(text)
    except ValueError as error:
        raise ConfigError(f"--limit {text}: {error}") from None


def _steady(options: argparse.Namespace, config: Config) -> SteadyState | None:
    if options.steady is None:
        return None
    by_name = {state.name: state for state in config.steady_states}
    if options.steady not in by_name:
        known = nearest(options.steady, by_name) if by_name else ": the configuration has no [[steady_states]]"
        raise ConfigError(f"--steady {options.steady}: there is no such steady state{known}")
    return by_name[options.steady]


def _written(options: argparse.Namespace, look: Look, watched: Watched, number: int, zone: str) -> str:
    """Format the answer.

    Args:
        options: of the command line. `look`: the last one. `watched`: what was watched. `number`: of looks.
        zone: IANA name of the time zone.
    """
    if options.format == "json":
        return json.dumps(as_json(look, watched.began, number, zone), indent=1, allow_nan=False) + "\n"
    return watch_text.table(look, watched.began, number, zone)
