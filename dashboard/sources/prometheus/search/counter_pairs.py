"""Finds failures by names of counters alone: failure counters beside one of successes, or of all requests."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from dashboard.sources.prometheus.search.fallback_names import ASIDE, COUNTERS, IS_OWN

FAILED = frozenset(["fail", "failed", "failure", "error", "errored", "5xx"])
SUCCEEDED = frozenset(["success", "successful", "succeeded", "ok"])
# Words that a counter of all requests may have, and its failure counter has not.
ALL = frozenset(["total", "count", "all"])
# Without a counter's suffix these are often gauges, such as the time of the last success.
WORK = re.compile("request|call|inference|quer(y|ies)|invocation|lookup")
NO_COUNTER = re.compile(
    "(?<![a-z])(last|time|timestamp|seconds|ratio|rate|percent|status|current|avg|mean|bucket|sum)(?![a-z])"
)
# Possible names of failure counters.
FAILURES = ".*(fail|error|5xx).*|.+_5[0-9][0-9](_total|_count)?"
# A class or code of HTTP in the name of a counter, and the words around it.
CODE = re.compile("([1-5])(?:xx|[0-9]{2})")
AROUND_CODE = frozenset(["statu", "status", "code", "class"])
# Maximum number of failure counters to examine, as each requires further names.
LOOKED_AT = 100


@dataclass(frozen=True, slots=True)
class CounterPair:
    """Counters of the same events.

    Attributes:
        requests: of all, or only of successes. `failures`: of failures, each event in one of them.
        apart: `requests` only counts successes. `refused`: counters of client errors.
    """

    requests: str
    failures: tuple[str, ...]
    apart: bool = False
    refused: tuple[str, ...] = ()


def counters_of_codes(names: Collection[str]) -> list[CounterPair]:
    """A counter of all requests among the metrics of a target, with those that have a class or code in their name."""
    by_side: dict[tuple[str, ...], dict[str, list[str]]] = {}
    for name in sorted(names):
        if code := _code(name):
            by_side.setdefault(_answered(name), {}).setdefault(code[1], []).append(name)
    pairs = []
    for subject, sides in by_side.items():
        same = [name for name in names if not _code(name) and _may_count(name) and _answered(name) == subject]
        # The quantiles of a summary have its bare name.
        requests = [name for name in same if re.search("_(total|count)$", name)] or same
        if len(requests) == 1 and "5" in sides:
            pairs.append(CounterPair(requests[0], _each_once(sides["5"]), refused=_each_once(sides.get("4", ()))))
    return pairs


def _code(name: str) -> re.Match[str] | None:
    """The class or code in the name of a counter."""
    codes = [code for word in name.split("_") if (code := CODE.fullmatch(word))]
    return codes[0] if len(codes) == 1 and not IS_OWN.fullmatch(name) else None


def _each_once(names: Collection[str]) -> tuple[str, ...]:
    """The counter of the class, which includes those of its codes; otherwise all of these."""
    return tuple(name for name in names if "xx" in name) or tuple(names)


def _answered(name: str) -> tuple[str, ...]:
    """The subject of a counter, whether its name speaks of requests or of responses."""
    words = (word for word in _subject(name) if word not in AROUND_CODE and not CODE.fullmatch(word))
    return tuple("request" if word == "response" else word for word in words)


def counter_pairs(names: Collection[str]) -> list[CounterPair]:
    """The pairs among the metrics of a target, those with a counter of all requests first.

    A failure counter that fits more than one pair, or one of several for the same pair, is ambiguous.
    """
    counters = [name for name in names if _may_count(name)]
    failures: dict[tuple[str, ...], list[str]] = {}
    for name in counters:
        if _words(name) & FAILED:
            failures.setdefault(_subject(name), []).append(name)
    pairs = []
    for subject, failing in failures.items():
        same = [name for name in counters if _subject(name) == subject and not _words(name) & FAILED]
        good = [name for name in same if _words(name) & SUCCEEDED]
        every = [name for name in same if name not in good]
        requests = every or good
        # Some of all errors may be client errors.
        failing = [name for name in failing if "5xx" in _words(name)] or failing
        if len(failing) == 1 and len(requests) == 1:
            pairs.append(CounterPair(requests[0], (failing[0],), apart=not every))
    return pairs


def partners(failures: Collection[str]) -> str:
    """A regular expression of names that may belong to failure counters; empty without any of those."""
    coded = sorted(filter(_code, failures))
    subjects = sorted({*map(_answered, coded), *(_subject(name) for name in failures if _may_count(name))} - {()})
    of_clients = dict.fromkeys(re.sub("(?<=_)5(xx|[0-9]{2})(?=_|$)", _of_client, name) for name in coded)
    named = (f"{'[a-z]*_([a-z]+_)?'.join(subject)}[a-z]*(_[a-z]+){{0,2}}" for subject in subjects[:LOOKED_AT])
    return "|".join((*named, *list(of_clients)[:LOOKED_AT]))


def _of_client(code: re.Match[str]) -> str:
    """The class or codes of client errors, as a regular expression, for those of failures."""
    return "4xx" if code[1] == "xx" else "4[0-9][0-9]"


def _may_count(name: str) -> bool:
    if IS_OWN.fullmatch(name) or NO_COUNTER.search(name):
        return False
    # Words for failures would match ASIDE, so test the rest of the name.
    rest = "_".join(word for word in name.split("_") if _singular(word) not in FAILED)
    is_counter = re.fullmatch(f"{COUNTERS}|.+_(successes|failures|errors)", name) or WORK.search(name)
    return bool(is_counter) and not ASIDE.search(rest)


def _singular(word: str) -> str:
    return re.sub("(?<=ss)es$|(?<!s)s$", "", word)


def _words(name: str) -> set[str]:
    """The words of a name in the singular."""
    return {_singular(word) for word in name.split("_")}


def _subject(name: str) -> tuple[str, ...]:
    """The subject of a counter: the words of its name in order, without those for outcomes and suffixes."""
    words = (_singular(word) for word in name.split("_"))
    return tuple(word for word in words if word not in FAILED | SUCCEEDED | ALL)
