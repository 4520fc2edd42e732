"""Random servers as other people have them: from a seed the samples that were scraped, and what is true of them.

Counters are whole numbers, read at the moments of scrapes: targets restart, are replaced, are away for a while; series
of an outcome appear with its first request; words, labels, bounds and intervals differ between services and instances;
some programs write native histograms, alone or beside classic ones.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from tests import remote_write
from tests.field.dialects import CLIENT, DIALECTS, FAILED, GOOD, POWERS, SECONDS, STRANGE, UNKNOWN, Dialect, Labels
from tests.field.scraped import Layout, Scraped, SeriesKey

HOUR = 3600
BEGIN = 1_760_000_000 // HOUR * HOUR
CLUSTER_LABELS = ("cluster", "k8s_cluster_name", "region")
# Seconds between two samples of most targets of a service → of those that another job scrapes more often.
QUICKER = {60: (10, 15, 30), 30: (10, 15), 20: (5, 10), 15: (5,), 10: (5,)}
# Native histograms alone, beside classic ones, or alone on every second instance.
ONLY, BESIDE, HALF = "only", "beside", "half"
# Of services.
MIXED_SHARE, NATIVE_SHARE = 0.12, 0.2
NAMES = ("cart", "auth", "pay", "search", "edge", "mail", "stock", "quote")


@dataclass(frozen=True)
class Traffic:
    """What really happens to a service.

    Attributes:
        per_s: requests a second of each instance. `client`, `failed`, `slow`: shares of them.
        outages: (start, end, share) of failures; `slowness`: of slow requests; epoch seconds.
        strange: share of requests with an outcome in words that nobody knows, since `strange_since`.
    """

    per_s: float
    client: float = 0.0
    failed: float = 0.0
    slow: float = 0.0
    outages: tuple[tuple[float, float, float], ...] = ()
    slowness: tuple[tuple[float, float, float], ...] = ()
    strange: float = 0.0
    strange_since: float = 0.0


@dataclass
class Service:
    """One service, and which series count what.

    Attributes:
        id: as the product is expected to call it.
        scrape: seconds between two samples of the targets that are scraped the most seldom.
        quickest: of those that are scraped the most often.
        valid, failed, unknown: counters of all requests, of those that failed, of those in words that nobody knows.
        buckets: bound in seconds → counters of requests at or under it, without those that failed where these are
            apart. `shared`: bounds that all instances have. `answered`: counters of the requests in them.
        mean: seconds that a request takes, as sums beside the histograms say.
        is_told: it can be told which requests fail. `is_scraped_now`: the last scrapes of its targets succeeded.
        begin, end: epoch seconds of the first and the last scrape.
        native: its histograms are native `only`, `beside` classic ones, or on every second instance (`half`).
    """

    id: str
    dialect: str
    scrape: int
    quickest: int
    is_told: bool
    traffic: Traffic
    valid: list[Scraped] = field(default_factory=list)
    failed: list[Scraped] = field(default_factory=list)
    unknown: list[Scraped] = field(default_factory=list)
    buckets: dict[float, list[Scraped]] = field(default_factory=dict)
    answered: list[Scraped] = field(default_factory=list)
    shared: frozenset[float] = frozenset()
    is_scraped_now: bool = True
    mean: float = 0.04
    begin: float = 0.0
    end: float = 0.0
    native: str = ""

    @property
    def kind(self) -> str:
        """What it is like, for messages."""
        natives = f", native histograms {self.native}" if self.native else ""
        intervals = f"{self.quickest} and {self.scrape}" if self.quickest < self.scrape else f"{self.scrape}"
        return f"{self.dialect}, {intervals} s{natives}"


@dataclass(frozen=True)
class World:
    """A server at a moment: its services, and every series on it.

    Attributes:
        is_pair: two Prometheus scrape the same targets, and their labels are kept.
    """

    seed: int
    now: int
    services: tuple[Service, ...]
    series: tuple[Scraped, ...]
    is_pair: bool = False

    @property
    def case(self) -> str:
        return f"seed {self.seed}"

    def messages(self) -> Iterator[tuple[int, bytes]]:
        """Every series for remote write, with the epoch milliseconds of its first sample."""
        replicas = ("a", "b") if self.is_pair else ("",)
        for each in self.series:
            samples = each.message() if each.is_written and len(each.times) else b""
            for replica in replicas if samples else ():
                labels = {**each.labels, "__name__": each.metric, "case": self.case, "replica": replica}
                named = remote_write.labelled({name: value for name, value in labels.items() if value})
                yield int(each.times[0]), named + samples


def messages(worlds: Iterable[World]) -> list[bytes]:
    """All that some servers hold for remote write, oldest first: none takes what is far older than what it has."""
    return [message for _, message in sorted(each for world in worlds for each in world.messages())]


def world(seed: int) -> World:
    """The server of a seed."""
    rng = np.random.default_rng(seed)
    now = BEGIN + int(rng.integers(2, 12)) * 300 + int(rng.integers(0, 60))
    start = BEGIN - int(rng.integers(1, 3)) * HOUR
    cluster_label = str(rng.choice(CLUSTER_LABELS)) if rng.random() < 0.3 else ""
    names = iter(rng.permutation(NAMES).tolist())
    makers = []
    for number in range(int(rng.integers(1, 6))):
        makers += _identities(rng, str(next(names)), cluster_label, number)
    parts = [_Maker(rng, start, now, *identity).made() for identity in makers]
    services, series = zip(*parts, strict=True)
    # Drawn last, so that a seed makes the servers that it always made.
    is_pair = bool(rng.random() < 0.1)
    return World(seed, now, services, tuple(each for of_service in series for each in of_service), is_pair)


def _identities(
    rng: np.random.Generator, name: str, cluster_label: str, number: int
) -> list[tuple[str, str, dict[str, str]]]:
    """(id, dialect, labels of all its series) of a service, or of two of one name in two clusters."""
    dialect = str(rng.choice(list(DIALECTS)))
    own = DIALECTS[dialect].names
    chosen = own[int(rng.integers(len(own)))]
    labels = _service_labels(rng, chosen, name)
    shown = "/".join(labels[label] for label in chosen)
    if not cluster_label:
        return [(shown, dialect, labels)]
    clusters = ("east", "west") if rng.random() < 0.4 else (str(rng.choice(["east", "west"])),)
    return [(f"{cluster}/{shown}", dialect, {**labels, cluster_label: cluster}) for cluster in clusters]


def _service_labels(rng: np.random.Generator, names: tuple[str, ...], name: str) -> dict[str, str]:
    values = ("shop", name) if len(names) == 2 else (name,)
    labels = dict(zip(names, values, strict=True))
    # Many are scraped by one job, and told by another label.
    labels.setdefault("job", "pods" if rng.random() < 0.5 else f"job-{name}")
    return labels


class _Maker:
    """Makes one service."""

    def __init__(self, rng: np.random.Generator, start: int, now: int, id: str, dialect: str, labels: Labels) -> None:
        self.rng, self.now, self.labels = rng, now, labels
        self.dialect = DIALECTS[dialect]
        self.scrape = int(rng.choice([15, 15, 15, 30, 30, 60, 10, 20]))
        self.start, self.end = start, now
        # What came later is drawn by numbers of its own, so that a seed makes all else as it always did.
        self.apart = np.random.default_rng([start, now, *id.encode()])
        self.quickest = (
            int(self.apart.choice(QUICKER[self.scrape])) if self.apart.random() < MIXED_SHARE else self.scrape
        )
        self.words = self._words()
        self.is_split = self.dialect.split if self.dialect.split is not None else bool(rng.random() < 0.5)
        # Series of an outcome are there from the start, or come with its first request.
        self.is_late = bool(rng.random() < 0.5)
        self.has_last_bucket = self.dialect.counted_by_histogram or bool(rng.random() < 0.85)
        self.traffic = self._traffic()
        # Of instances every second one may have no outcome label, or another part of the program.
        self.is_half_told = bool(rng.random() < 0.05) and self._may_be_strange
        is_told = bool(self.dialect.label) and not self.traffic.strange and not self.is_half_told
        self.has_buckets = bool(self.dialect.buckets) and (rng.random() < 0.85 or dialect in ("fastapi", "express"))
        self.native = self._native()
        # A native histogram holds every request.
        self.has_last_bucket |= self.native in (ONLY, HALF)
        self.is_named_by_job = set(labels) - set(CLUSTER_LABELS) == {"job"}
        self._begin_and_end()
        self.service = Service(
            id,
            dialect,
            self.scrape,
            self.quickest,
            is_told,
            self.traffic,
            begin=self.start,
            end=self.end,
            native=self.native,
        )
        if self.traffic.strange:
            self.words[UNKNOWN] = (str(rng.choice(STRANGE)),)
        elif self.dialect.label and self._may_be_strange and rng.random() < 0.1:
            self.words[UNKNOWN] = ("never-counted",)
        self.series: list[Scraped] = []
        self.bounds_there: list[set[float]] = []

    def _native(self) -> str:
        """Whether it writes native histograms; the product counts those in seconds."""
        is_native = self.apart.random() < NATIVE_SHARE
        if not is_native or not self.has_buckets or self.dialect.scale != 1.0:
            return ""
        return str(self.apart.choice([ONLY, HALF, BESIDE]))

    @property
    def _may_be_strange(self) -> bool:
        """A word that nobody knows may stand on its label: to some any word is a failure, or none is."""
        return self.dialect.label not in ("", "error_type", "envoy_response_code_class") and not self.dialect.apart

    def _begin_and_end(self) -> None:
        """Some services are new, and some are gone."""
        if self.rng.random() < 0.06:
            self.start = self.now - int(self.rng.choice([200, 700, 2000]))
        elif self.rng.random() < 0.06:
            self.end = self.now - int(self.rng.choice([700, 1500, 2500]))

    def made(self) -> tuple[Service, list[Scraped]]:
        bounds = self._bounds()
        count = int(self.rng.integers(1, 3)) if self.rng.random() < 0.8 else 3
        # A collector is one target for all whose jobs it passes on.
        host = "collector" if "exported_job" in self.labels else self.service.id.replace("/", "-")
        if self.quickest < self.scrape or self.native == HALF:
            count = max(count, 2)
        for number in range(count):
            self._is_native = self.native == ONLY or (self.native == HALF and number % 2 == 1)
            self._instance(f"{host}-{number}:80", bounds[number % len(bounds)], is_quick=number % 2 == 1)
        # Of an instance that never had a request nothing may be there.
        shared = set.intersection(*self.bounds_there) if self.bounds_there else set()
        self.service.shared = frozenset(round(bound * self.dialect.scale, 9) for bound in shared)
        return self.service, self.series

    def _traffic(self) -> Traffic:
        rng = self.rng
        per_s = float(np.exp(rng.uniform(np.log(0.02), np.log(60)))) if rng.random() < 0.97 else 0.0
        kind = rng.choice(["fine", "noisy", "outage", "slow", "failing", "refusing", "strange"])
        if kind == "fine":
            return Traffic(per_s)
        traffic = Traffic(per_s, client=float(rng.choice([0.0, 0.05])), slow=float(rng.choice([0.0, 0.002])))
        end = float(self.now if rng.random() < 0.6 else self.now - rng.integers(60, 3600))
        begin = end - float(rng.choice([240, 900, 2400, 4500]))
        match kind:
            case "noisy":
                return replace(traffic, failed=float(rng.choice([0.0003, 0.005, 0.02])))
            case "outage":
                return replace(traffic, outages=((begin, end, float(rng.choice([0.02, 0.1, 0.6, 1.0]))),))
            case "slow":
                return replace(traffic, slowness=((begin, end, float(rng.choice([0.05, 0.5, 1.0]))),))
            case "failing":
                return replace(traffic, failed=float(rng.choice([0.1, 0.5, 1.0])))
            case "strange" if self._may_be_strange:
                since = float(self.now - rng.choice([200, 100_000]))
                return replace(traffic, strange=0.1, strange_since=since)
        return replace(traffic, client=0.3)

    def _words(self) -> dict[str, tuple[str, ...]]:
        """One or two words for each meaning."""
        alternatives = self.dialect.words[int(self.rng.integers(len(self.dialect.words)))]
        count = int(self.rng.integers(1, 3))
        return {
            meaning: tuple(self.rng.choice(words, min(count, len(words)), replace=False).tolist())
            for meaning, words in alternatives.items()
        }

    def _bounds(self) -> list[tuple[float, ...]]:
        if self.native == ONLY:
            return [POWERS]
        chosen = self.dialect.bounds[int(self.rng.integers(len(self.dialect.bounds)))]
        if self.native:
            # A bound that both kinds have: while those with classic buckets are away the others are read.
            return [chosen if 0.5 in chosen else SECONDS]
        if self.rng.random() < 0.8:
            return [chosen]
        # Every second instance has one bound elsewhere.
        place = int(self.rng.integers(len(chosen)))
        return [chosen, (*chosen[:place], round(chosen[place] * 0.8, 6), *chosen[place + 1 :])]

    # --- one instance ----------------------------------------------------------------------------------------------

    def _instance(self, address: str, bounds: tuple[float, ...], *, is_quick: bool) -> None:
        self._every = self.quickest if is_quick else self.scrape
        self._layout = _layout(bounds, self.apart)
        rng, every = self.rng, self._every * 1000
        phase = int(rng.integers(0, every)) if rng.random() < 0.9 else 0
        # From the scrape before the first hour on, so that this hour is whole.
        times = np.arange(self.start * 1000 - every + phase, self.end * 1000 + 1, every)
        restart = int(rng.integers(2, len(times) - 2)) if rng.random() < 0.3 else None
        is_replaced = restart is not None and rng.random() < 0.4
        kept = self._reached(times)
        counts = self._counts(times, bounds)
        lives = [slice(0, restart), slice(restart, None)] if restart is not None else [slice(None)]
        for life, part in enumerate(lives):
            instance = f"{address}-{life}" if is_replaced else address
            begun = rng.random() < 0.7 and life == 0
            self._write(times[part], kept[part], {key: rows[part] for key, rows in counts.items()}, instance, begun)
        if restart is not None and not is_replaced:
            self._join(address)

    def _reached(self, times: np.ndarray) -> np.ndarray:
        """Which scrapes succeeded: a target may be away for minutes, or miss one."""
        rng = self.rng
        kept = np.ones(len(times), dtype=bool)
        if rng.random() < 0.15:
            away = float(times[int(rng.integers(len(times)))])
            kept &= ~((times > away) & (times < away + float(rng.choice([90, 300, 900])) * 1000))
            self.service.is_scraped_now &= bool(kept[-1])
        if rng.random() < 0.1:
            kept[int(rng.integers(1, len(times) - 1))] = False
        return kept

    def _share(self, times: np.ndarray, always: float, spans: tuple[tuple[float, float, float], ...]) -> np.ndarray:
        """The share at each scrape of what came since the one before."""
        share = np.full(len(times), always)
        for begin, end, of_span in spans:
            share[(times > begin * 1000) & (times <= end * 1000)] = of_span
        return share

    def _counts(self, times: np.ndarray, bounds: tuple[float, ...]) -> dict[tuple[str, str], np.ndarray]:
        """(meaning, word) → requests since the scrape before by the bucket that they lie in, the last beyond all."""
        rng, traffic = self.rng, self.traffic
        requests = rng.poisson(traffic.per_s * self._every, len(times))
        failed = self._share(times, traffic.failed, traffic.outages)
        strange = np.where(times > traffic.strange_since * 1000, traffic.strange, 0.0)
        shares = {FAILED: failed, CLIENT: traffic.client * (1 - failed), UNKNOWN: strange * (1 - failed)}
        slow = self._share(times, traffic.slow, traffic.slowness)
        counts, left, kept = {}, requests, np.ones(len(times))
        for meaning in (FAILED, CLIENT, UNKNOWN, GOOD):
            share = shares[meaning] / np.maximum(kept, 1e-12) if meaning != GOOD else kept * 0 + 1
            of_meaning = rng.binomial(left, np.clip(share, 0, 1))
            left, kept = left - of_meaning, kept - shares.get(meaning, 0.0)
            words = self.words.get(meaning, ())
            for number, word in enumerate(words):
                of_word = rng.binomial(of_meaning, 1 / (len(words) - number))
                of_meaning = of_meaning - of_word
                counts[meaning, word] = rng.multinomial(of_word, _buckets(len(bounds), slow))
        self._edges = bounds
        return counts

    def _write(
        self,
        times: np.ndarray,
        kept: np.ndarray,
        counts: Mapping[tuple[str, str], np.ndarray],
        instance: str,
        begun: bool,
    ) -> None:
        """The series of one life of an instance; `begun`: before the first sample."""
        of_target = {**self.labels, "instance": instance}
        if self._every < self.scrape and not self.is_named_by_job:
            of_target["job"] += "-often"
        labels = {**of_target, "pod": f"pod-{instance}", **self.dialect.more}
        self._write_about_itself(times[kept], of_target)
        everything: list[np.ndarray] = []
        for (meaning, word), rows in counts.items():
            before = int(self.rng.integers(0, 100_000)) if begun and meaning == GOOD else 0
            totals = np.cumsum(rows.cumsum(axis=1), axis=0) + before
            there = kept & ((totals[:, -1] > 0) | (not self.is_late))
            everything.append(totals)
            if there.any():
                self._write_word(times[there], totals[there], labels, meaning, word)
        summed = np.sum(everything, axis=0)
        if self.dialect.apart:
            self._add(self._scraped(self.dialect.requests, labels, times[kept], summed[kept, -1]), self.service.valid)
        plain = {name: value for name, value in labels.items() if name not in ("handler", "view")}
        if self.has_buckets and not self.is_split:
            self._write_buckets(times[kept], summed[kept], plain, is_good=True)
        if not self.is_split:
            self._write_sums(times[kept], summed[kept, -1], plain)

    def _write_sums(self, times: np.ndarray, totals: np.ndarray, labels: Labels) -> None:
        """Every histogram and summary has its sum and its count; some programs write no buckets beside."""
        family = self.dialect.buckets.removesuffix("_bucket")
        if not family or self.dialect.counted_by_histogram or self._is_native:
            return
        seconds = self.service.mean / self.dialect.scale
        self.series.append(self._scraped(f"{family}_sum", labels, times, totals * seconds))
        self.series.append(self._scraped(f"{family}_count", labels, times, totals))

    def _write_about_itself(self, times: np.ndarray, labels: Labels) -> None:
        """What programs count beside the requests that they answer."""
        beside = (("go_gc_cycles_total", {}), ("app_cache_lookups_total", {"result": "hit"}))
        for metric, more in beside:
            self.series.append(self._scraped(metric, {**labels, **more}, times, np.arange(len(times)) * 3))

    def _write_word(self, times: np.ndarray, totals: np.ndarray, labels: Labels, meaning: str, word: str) -> None:
        service, dialect = self.service, self.dialect
        outcome = _outcome(dialect, word)
        if self.is_half_told and "-0:80" in labels["instance"]:
            outcome = {"word": word}
            # A label that says 200 beside would tell: no gRPC status, and thus a good answer.
            labels = {name: value for name, value in labels.items() if name != "response_code"}
        outcome_labels = {**labels, **outcome}
        counter = self._scraped(dialect.apart or dialect.requests, outcome_labels, times, totals[:, -1])
        if self._is_native and (dialect.counted_by_histogram or dialect.prefers_native):
            counter = replace(counter, rows=_by_bucket(totals), is_written=not dialect.counted_by_histogram)
        self.series.append(counter)
        if labels.get("reporter") == "destination":
            # The caller tells of the same requests.
            self.series.append(replace(counter, labels={**outcome_labels, "reporter": "source"}))
        if not dialect.apart:
            service.valid.append(counter)
        is_told = bool(dialect.label) and "word" not in outcome and meaning != UNKNOWN
        if not is_told or meaning == FAILED:
            (service.failed if is_told else service.unknown).append(counter)
        if not dialect.apart and not (self.is_split and meaning in (FAILED, UNKNOWN)):
            service.answered.append(counter)
        if self.has_buckets and self.is_split:
            self._write_buckets(times, totals, outcome_labels, is_good=meaning in (GOOD, CLIENT))
        if self.is_split:
            self._write_sums(times, totals[:, -1], outcome_labels)

    def _write_buckets(self, times: np.ndarray, totals: np.ndarray, labels: Labels, *, is_good: bool) -> None:
        rows = _by_bucket(totals)
        if len(times):
            self.bounds_there.append(set(self._edges))
        if self._is_native or self.native == BESIDE:
            family = self.dialect.buckets.removesuffix("_bucket")
            whole = self._scraped(family, labels, times, totals[:, -1])
            self.series.append(replace(whole, rows=rows, layout=self._layout))
        for place, bound in enumerate((*self._edges, float("inf"))):
            if bound == float("inf") and not self.has_last_bucket:
                continue
            le = "+Inf" if bound == float("inf") else f"{bound:g}" if self.scrape == 60 else f"{float(bound)!r}"
            counter = self._scraped(self.dialect.buckets, {**labels, "le": le}, times, totals[:, place])
            if self._is_native:
                counter = replace(counter, rows=rows, is_written=False)
            own = self.service.buckets.setdefault(round(bound * self.dialect.scale, 9), [])
            self._add(counter, own if is_good else [])

    def _scraped(self, metric: str, labels: Labels, times: np.ndarray, values: np.ndarray) -> Scraped:
        return Scraped(metric, labels, times, values, self._every)

    def _add(self, counter: Scraped, to: list[Scraped]) -> None:
        self.series.append(counter)
        to.append(counter)

    def _join(self, address: str) -> None:
        """The lives of an instance that restarts under its address are one series each."""
        service = self.service
        lists = [
            self.series,
            service.valid,
            service.failed,
            service.unknown,
            service.answered,
            *service.buckets.values(),
        ]
        joined: dict[SeriesKey, Scraped] = {}
        for each in self.series:
            first = joined.get(each.key)
            joined[each.key] = each if first is None else first.followed_by(each)
        for members in lists:
            members[:] = [joined[key] for key in dict.fromkeys(each.key for each in members)]


def _outcome(dialect: Dialect, word: str) -> dict[str, str]:
    if dialect.label != "error_type":
        return {dialect.label: word} if dialect.label else {"word": word}
    status = word if word.isdigit() else "200" if not word else ""
    return {"error_type": word, "http_response_status_code": status}


def _buckets(count: int, slow: np.ndarray) -> np.ndarray:
    """Shares of requests in each bucket and beyond all, shape (scrapes, buckets + 1): fast ones lie in the first."""
    shares = np.zeros((len(slow), count + 1))
    shares[:, 0] = 1 - slow
    shares[:, -2:] = slow[:, None] / 2
    return shares


def _by_bucket(totals: np.ndarray) -> np.ndarray:
    """What lies in each bucket of what lies at or under each bound."""
    rows: np.ndarray = np.diff(totals, axis=1, prepend=0)
    return rows


def _layout(bounds: tuple[float, ...], rng: np.random.Generator) -> Layout:
    """Native buckets of some schema for what lies between some bounds, and one beyond all."""
    schema = int(rng.choice([0, 1, 3]))
    finest = 2**schema
    places = [int(np.ceil(np.log2(bound) * finest)) for bound in bounds]
    if bounds == POWERS:
        # Any bucket up to the bound will do, as long as it lies above the power of two below.
        places = [place - int(rng.integers(0, finest)) for place in places]
    return Layout(schema, (*places, places[-1] + finest), has_zero=bool(rng.random() < 0.2))
