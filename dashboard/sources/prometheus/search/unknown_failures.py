"""Finds targets with counters that look like requests but show no failures: not services, but named in notes."""

import re
from collections.abc import Iterable, Iterator

from dashboard.exceptions import QueryRejected
from dashboard.promql import quoted
from dashboard.sources.prometheus.instrumentation import selectors
from dashboard.sources.prometheus.instrumentation.selectors import any_of
from dashboard.sources.prometheus.presets.preset import Preset
from dashboard.sources.prometheus.search.fallback import TARGET
from dashboard.sources.prometheus.search.fallback_names import ASIDE, CLOSENESS, IS_OWN, OWN, distance
from dashboard.sources.prometheus.search.fallback_presets import UNIT, metrics_of
from dashboard.sources.prometheus.search.search_answers import label_of
from dashboard.sources.prometheus.search.series_search import SeriesSearch
from dashboard.timerange import HOUR

# Names of counters of completed work.
WORK = f".*({'|'.join(CLOSENESS)}).*_total|(.+_)?(requests|responses|calls|invocations|http_status)"
# Maximum number of lines, and of targets in each.
LINES, NAMED = 5, 3


def notes(search: SeriesSearch, matchers: str, presets: Iterable[Preset], at: int) -> Iterator[str]:
    """A line for each counter most similar to requests on targets without data for any preset.

    Args:
        search: searches the series of a server. `matchers`: for every selector, each followed by a comma.
        presets: all presets with services. `at`: epoch seconds.
    """
    read = sorted({metric for preset in presets for metric in (preset.marker, *metrics_of(preset))})
    work = selectors.selector("", matchers, f'__name__=~"{WORK}",__name__!~"{OWN}"')
    known = selectors.selector("", matchers, f"__name__=~{quoted(any_of(read))}") if read else ""
    query = f"group by (__name__, {', '.join(UNIT)}) ({work}{f' unless on ({TARGET}) {known}' if known else ''})"
    try:
        with search.best_effort("targets without any sign of failures were not looked for everywhere"):
            rows = search.instant(query, at)
    except QueryRejected:
        return
    by_target: dict[str, set[str]] = {}
    for row in rows:
        counter = label_of(row, "__name__")
        if not re.search(ASIDE, counter):
            job, *names = (row.metric.get(label, "") for label in UNIT)
            by_target.setdefault(next(filter(None, names), job), set()).add(counter)
    nameless = min(by_target.pop("", ()), key=distance, default="")
    if nameless:
        yield (
            f"no service is shown by {nameless}, as its series have no label {', '.join(UNIT)}: let their scrape add "
            "one, or select them with match in [[services]]"
        )
    targets: dict[str, list[str]] = {}
    for target, counters in sorted(by_target.items()):
        targets.setdefault(min(counters, key=distance), []).append(target)
    yield from (_line(counter, targets[counter]) for counter in sorted(targets)[:LINES])
    if len(targets) > LINES:
        yield f"{len(targets) - LINES} more counters look like requests without any label that tells failures"


def names_there(search: SeriesSearch, matchers: str, at: int) -> list[str]:
    """The metrics of a server, those most similar to requests first; empty if it does not return them.

    Metrics of servers about themselves come last, but there may be no others.

    Args:
        search: searches its series. `matchers`: for every selector, each followed by a comma. `at`: epoch seconds.
    """
    every = selectors.selector("", matchers, '__name__!~"up|scrape_.*|ALERTS.*"')
    query = f"group by (__name__) ({every})"
    try:
        with search.best_effort("what else is there was not looked for everywhere"):
            # If no metric exists any more, list those of the preceding hour.
            rows = search.instant(query, at) or search.lately([query], at, HOUR)[0]
    except QueryRejected:
        return []
    names = (label_of(row, "__name__") for row in rows)
    return sorted(names, key=lambda name: (IS_OWN.fullmatch(name) is not None, distance(name)))


def _line(counter: str, targets: list[str]) -> str:
    named = ", ".join(targets[:NAMED]) + (" …" if len(targets) > NAMED else "")
    return (
        f"{named}: no service is shown, as {counter} may count requests, but has no label that is known to tell which "
        f'of them failed; a [[presets]] block with requests = "{counter}" makes it a service'
    )
