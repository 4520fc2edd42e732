"""What no preset describes: counters with an outcome label and latency histograms, read as the requests they look like.

They speak for a target only where no preset knows anything of it.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from dashboard.exceptions import QueryRejected
from dashboard.outcomes import Outcome as Meaning
from dashboard.outcomes import Vocabulary, dialect_of
from dashboard.promql import quoted
from dashboard.sources.prometheus import selectors
from dashboard.sources.prometheus.preset import Outcome, Preset
from dashboard.sources.prometheus.selectors import any_of
from dashboard.sources.prometheus.series_search import REMEMBERED_S, SeriesSearch
from dashboard.timerange import DAY, HOUR

# The moments, in seconds before it, that the first search looks at, too.
EARLIER = (6 * HOUR, DAY)
# Labels that tell the outcome of what is counted, the plainest first.
OUTCOME_LABELS = (
    "code", "status_code", "http_status_code", "http_response_status_code", "response_code", "http_status", "http_code",
    "response_status", "grpc_code", "grpc_status", "rpc_grpc_status_code", "status", "status_class", "outcome",
    "result", "success",
)  # fmt: skip
COUNTERS = ".+(_total|_count)"
# Units that the names of histograms end in, and what turns them into seconds.
UNITS = {"_seconds": 1.0, "_milliseconds": 0.001, "_ms": 0.001}
HISTOGRAMS = f".+({'|'.join(UNITS)})_bucket"
# Telemetry of servers, exporters and client libraries about themselves.
OWN = (
    "(go|process|python|jvm|jdbc|nodejs|dotnet|ruby|php|prometheus|promhttp|net_conntrack|scrape|alertmanager|grafana|loki"
    "|tempo|mimir|cortex|thanos|vm|vmagent|otelcol|otel_sdk|node|container|kube|machine|cadvisor|kubelet|rest_client"
    "|workqueue|controller_runtime|leader_election|apiserver|etcd_debugging|pushgateway|statsd_exporter|snmp|logback"
    "|log4j2?|hikaricp|system|executor|gc)_.*|.*(exporter_|_exporter|_scrape|_gc_|_created).*"
)
# What a name says of how near it is to the requests that a service answers.
CLOSENESS = ("request", "http", "rpc|call", "message|event|job|task|command|query|operation|transaction|probe")
# A part of the requests, or something beside them.
ASIDE = re.compile(
    "error|fail|exception|retr(y|ies)|dropped|reject|timeout|cache|log|login|connection|client|upstream|size"
)

Counter = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Find:
    """What speaks for a job: its counter, the outcome label on it (or none), its histogram (or none)."""

    counter: str
    label: str = ""
    bucket: str = ""


@dataclass(slots=True)
class _Seen:
    """What one look at a server gave.

    Attributes:
        words: job → (counter, label) → the values of that label. `buckets`: job → histograms.
    """

    words: dict[str, dict[Counter, set[str]]] = field(default_factory=dict)
    buckets: dict[str, set[str]] = field(default_factory=dict)


class Fallback:
    """Looks at the jobs of one server that no preset knows.

    Args:
        search: searches its series.
        matchers: for every selector, each followed by a comma.
        vocabulary: the words for outcomes.
    """

    def __init__(self, search: SeriesSearch, matchers: str, vocabulary: Vocabulary) -> None:
        self._search = search
        self._matchers = matchers
        self._vocabulary = vocabulary
        # Job → when it was seen last, and what spoke for it then: one that vanished must be seen to have vanished.
        self._last: dict[str, tuple[int, _Find]] = {}

    def presets(self, known: Iterable[str], at: int) -> list[Preset]:
        """A preset for each counter that speaks for jobs which these metrics do not.

        Args:
            known: metrics of presets. `at`: epoch seconds.
        """
        moments = [at] if self._last else [at, *(at - earlier for earlier in EARLIER)]
        try:
            others = self._jobs_of(known, at)
            for moment in reversed(moments):
                for job, seen in self._finds(others, moment).items():
                    self._last[job] = moment, seen
        except QueryRejected as error:
            note = f"nothing was looked for beyond the presets: {error}"
            self._search.notes = (*self._search.notes, note)
            return []
        current = {
            job: seen for job, (when, seen) in self._last.items() if job not in others and at - when <= REMEMBERED_S
        }
        return [
            _preset(seen, sorted(job for job, other in current.items() if other == seen))
            for seen in sorted(set(current.values()), key=lambda find: find.counter)
        ]

    def _jobs_of(self, metrics: Iterable[str], at: int) -> set[str]:
        """The jobs that have any of these metrics."""
        names = sorted(set(metrics))
        if not names:
            return set()
        query = f"group by (job) ({self._selector(f'__name__=~{quoted(any_of(names))}')})"
        return {row.metric.get("job", "") for row in self._search.instant(query, at)}

    def _finds(self, others: set[str], at: int) -> dict[str, _Find]:
        """Job → what speaks for it, of the jobs that are not among others."""
        elsewhere = f"job!~{quoted(any_of(sorted(others)))}" if others else ""
        seen = self._seen(elsewhere, at)
        finds = {job: self._chosen(seen, job) for job in {*seen.words, *seen.buckets}}
        return {job: find for job, find in finds.items() if find is not None}

    def _seen(self, elsewhere: str, at: int) -> _Seen:
        seen = _Seen()
        by_label = [
            f"group by (__name__, job, {label}) ({self._selector(_name(COUNTERS), elsewhere, _present(label))})"
            for label in OUTCOME_LABELS
        ]
        histograms = f"group by (__name__, job) ({self._selector(_name(HISTOGRAMS), elsewhere)})"
        *counters, buckets = self._search.together([*by_label, histograms], at)
        for label, rows in zip(OUTCOME_LABELS, counters, strict=True):
            for row in rows:
                of_job = seen.words.setdefault(row.metric.get("job", ""), {})
                of_job.setdefault((row.metric["__name__"], label), set()).add(row.metric[label])
        for row in buckets:
            seen.buckets.setdefault(row.metric.get("job", ""), set()).add(row.metric["__name__"])
        return seen

    def _selector(self, *parts: str) -> str:
        return selectors.selector("", self._matchers, *parts)

    def _chosen(self, seen: _Seen, job: str) -> _Find | None:
        """The counter that most looks like the requests of a job, with a histogram of the same thing."""
        buckets = sorted(seen.buckets.get(job, ()), key=_distance)
        told = [each for each, words in seen.words.get(job, {}).items() if self._tells(each[1], words)]
        if told:
            counter, label = min(told, key=lambda each: (_distance(each[0]), OUTCOME_LABELS.index(each[1])))
            return _Find(counter, label, _alike(counter, buckets))
        # A histogram counts what it measures, though nobody knows what became of it.
        return _Find(f"{buckets[0].removesuffix('_bucket')}_count", "", buckets[0]) if buckets else None

    def _tells(self, label: str, words: set[str]) -> bool:
        """Its values are outcomes: at least half of them, and one that is not the caller's doing."""
        meanings = [self._vocabulary.outcome(word, dialect_of(label)) for word in words]
        known = [meaning for meaning in meanings if meaning is not Meaning.UNKNOWN]
        return 2 * len(known) >= len(meanings) and any(meaning is not Meaning.CLIENT for meaning in known)


def as_toml(preset: Preset) -> str:
    """A preset of this module as a block of the configuration that makes it permanent."""
    lines = ["[[presets]]", f"name = {json.dumps(preset.name)}", f"requests = {json.dumps(preset.requests)}"]
    if preset.outcomes:
        lines.append(f"outcomes = {json.dumps([outcome.label for outcome in preset.outcomes])}")
    if preset.bucket:
        lines.append(f"buckets = {json.dumps(preset.bucket)}")
    if preset.scale != 1.0:
        lines.append(f"scale = {preset.scale:g}")
    return "\n".join(lines)


def _preset(find: _Find, jobs: Sequence[str]) -> Preset:
    scale = next((scale for unit, scale in UNITS.items() if find.bucket.endswith(f"{unit}_bucket")), 1.0)
    preset = Preset(
        re.sub("_(total|count)$", "", find.counter).replace("_", "-").replace(":", "-"),
        find.counter,
        find.counter,
        matchers=f"job=~{quoted(any_of(jobs))}",
        outcomes=(Outcome(find.label),) if find.label else (),
        bucket=find.bucket,
        scale=scale,
        breakdowns=("route", "path", "handler", "method", "instance", *([find.label] if find.label else ())),
    )
    note = f"found without a preset, by {find.counter}: `golden-signals discover` prints the preset that keeps it"
    return replace(preset, notes=(note,))


def _name(pattern: str) -> str:
    return f'__name__=~"{pattern}",__name__!~"{OWN}"'


def _present(label: str) -> str:
    return f'{label}!=""'


def _distance(metric: str) -> tuple[bool, int, bool, int, str]:
    """How far a metric is from the requests that a service answers, by its name; the least is nearest."""
    closeness = next((place for place, words in enumerate(CLOSENESS) if re.search(words, metric)), len(CLOSENESS))
    return bool(ASIDE.search(metric)), closeness, not metric.endswith("_total"), len(metric), metric


def _alike(counter: str, buckets: Sequence[str]) -> str:
    """The histogram of what a counter counts: the one whose name begins most like its name; empty without any."""
    words = re.sub("_(total|count)$", "", counter).split("_")

    def shared(bucket: str) -> int:
        parts = [part.rstrip("s") for part in bucket.split("_")]
        return sum(word.rstrip("s") in parts for word in words)

    best = max(buckets, key=shared, default="")
    # A name alone in common, such as that of the company, says nothing.
    return best if best and shared(best) >= min(2, len(words)) else ""
