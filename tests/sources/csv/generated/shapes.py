"""Shapes of files: request logs, wide and tidy tables."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random

from tests.sources.csv.generated.tables import Frame, NumberStyle, Row, Table, with_cell
from tests.sources.csv.generated.times import SECOND
from tests.sources.csv.generated.truth import HOUR, UNKNOWN, Interval, Request
from tests.sources.csv.generated.words import PODS, vocabulary

# Durations in seconds: some lie on the bounds of buckets.
DURATIONS = tuple(
    Decimal(text)
    for text in (
        "0", "0.001", "0.0005", "0.0021", "0.005", "0.012", "0.03", "0.075", "0.1", "0.123", "0.15", "0.3", "0.301",
        "0.7", "0.75", "1", "1.2", "2.5", "3.25", "10", "29.9", "30", "60", "61", "90", "3600",
    )
)  # fmt: skip
DURATION_COLUMNS = {
    "duration": "1", "duration_s": "1", "latency_s": "1", "duration_ms": "1000", "latency_ms": "1000",
    "response_time_ms": "1000", "duration_us": "1000000",
}  # fmt: skip
INTERVALS = (1, 5, 10, 15, 30, 60, 60, 60, 300, 900, 3600, 7200, 86_400)


def request_log(frame: Frame) -> Table:
    """A row for each request."""
    random, words = frame.random, vocabulary(frame.random)
    column = words.column
    if words.mapped:
        column = frame.mapping["status"] = column if "grpc" in column else random.choice(("outcome", "Result", "rc"))
    duration = random.choice(list(DURATION_COLUMNS))
    scale = Decimal(DURATION_COLUMNS[duration])
    if random.random() < 0.15:
        frame.mapping[duration], duration = "took", "took"
    if random.random() < 0.3:
        duration = duration.upper() if duration != "took" else duration
    extras = _log_extras(random, [*frame.columns, column, duration])
    write = _duration_writer(random, scale, frame.numbers)
    span, count = random.choice((600, HOUR, 5 * HOUR, 30 * HOUR)), random.randint(1, 400)
    begin = frame.begin(span)
    outcomes = _outcomes(random, [outcome for outcome in words.words if outcome != UNKNOWN], UNKNOWN in words.words)
    rows = []
    for at in sorted(_moments(random, begin, span, count, frame.form.resolution)):
        service, outcome, seconds = random.choice(frame.services), outcomes(), random.choice(DURATIONS)
        cells = frame.cells(at, service) | {column: random.choice(words.words[outcome]), duration: write(seconds)}
        cells |= {name: random.choice(texts) for name, texts in extras.items()}
        rows.append(Row(cells, Request(at, service, outcome, seconds), at))
    broken = frame.broken() + [with_cell(duration, text) for text in ("-1", "-0.5", "fast", "1 fortnight")]
    columns = _shuffled(random, [*frame.columns, column, duration, *extras])
    frame.keys += words.keys
    return frame.table(columns, rows, 60, "log", broken)


def _log_extras(random: Random, used: Sequence[str]) -> dict[str, tuple[str, ...]]:
    pool = {
        "route": ("/", "/a,b", '/"q"', ""), "path": ("/x", "/y"), "method": ("GET", "POST"), "bytes": ("0", "123456"),
        "comment": ("", "hm, well", "NA"), "id": ("1", "abc", "007"), "instance": PODS, "amount": ("1.5", "-3"),
        "status": ("200",), "code": ("200", "0"), "requests": ("9",), "error": ("", "boom; again"),
    }  # fmt: skip
    taken = {name.lower() for name in used}
    # A second column of a name that decides is only a trap where the mapping names another.
    decides = {"status", "code", "error", "requests"} if not taken & {"outcome", "result", "rc"} else {"requests"}
    names = [name for name in pool if name not in taken | decides]
    return {name: pool[name] for name in random.sample(names, random.choice((0, 0, 1, 2, 4)))}


def _duration_writer(random: Random, scale: Decimal, numbers: NumberStyle) -> Callable[[Decimal], str]:
    def plain(seconds: Decimal) -> str:
        return numbers(f"{(seconds * scale).normalize():f}")

    def padded(seconds: Decimal) -> str:
        return numbers(f"{seconds * scale:.6f}")

    def with_unit(seconds: Decimal) -> str:
        unit, per_s = random.choice((("ms", 1000), ("s", 1), ("us", 1_000_000), ("µs", 1_000_000)))
        return f"{numbers(f'{(seconds * per_s).normalize():f}')}{random.choice(('', ' '))}{unit}"

    return random.choice((plain, plain, padded, with_unit))


def _outcomes(random: Random, known: Sequence[str], is_strange: bool) -> Callable[[], str]:
    """Mostly good, mostly failed, or one of a kind; now and then one that nobody knows."""
    weights = [random.choice((0, 1, 20)) for _ in known]
    weights = weights if any(weights) else [1] * len(known)

    def outcome() -> str:
        if is_strange and random.random() < 0.05:
            return UNKNOWN
        return random.choices(known, weights)[0]

    return outcome


def _moments(random: Random, begin: int, span: int, count: int, resolution: int) -> list[int]:
    """Epoch microseconds; many lie on a full minute, where an interval ends."""
    steps = SECOND // resolution if resolution <= SECOND else 1
    moments = []
    for _ in range(count):
        at = (begin + random.randrange(span)) * SECOND
        at = at // (60 * SECOND) * 60 * SECOND if random.random() < 0.1 else at + random.randrange(steps) * resolution
        moments.append(at)
    return moments


def _shuffled(random: Random, columns: list[str]) -> list[str]:
    return random.sample(columns, len(columns)) if random.random() < 0.3 else columns


@dataclass
class _Counts:
    """What an interval table chooses: its intervals and the counts in them."""

    interval: int
    begin: int
    number: int
    pods: list[str]
    has_client: bool
    has_p95: bool


def _intervals(random: Random, frame: Frame) -> tuple[_Counts, list[Interval]]:
    base = random.choice(INTERVALS)
    number = random.randint(3, 60)
    begin = -(-frame.begin(base * number) // base) * base
    pods = random.sample(PODS, random.choice((2, 3))) if random.random() < 0.4 else [""]
    counts = _Counts(base, begin, number, pods, random.random() < 0.3, random.random() < 0.4)
    missing, failing = random.choice((0, 0, 0.1)), {name: random.choice((0, 0.01, 0.5, 1)) for name in frame.services}
    events = []
    for step in range(number):
        for service in frame.services:
            for pod in pods:
                if random.random() < missing:
                    continue
                requests = random.choice((0, 1, random.randint(0, 50), random.randint(0, 10**6)))
                failed = sum(random.random() < failing[service] for _ in range(min(requests, 30)))
                failed = requests if failing[service] == 1 else failed
                client = random.randint(0, requests - failed) if counts.has_client else None
                p95 = random.choice(DURATIONS) if counts.has_p95 else None
                at = (begin + step * base) * SECOND
                events.append(Interval(at, service, requests, failed, client, p95, pod))
    return counts, events


def wide(frame: Frame) -> Table:
    """A row for each interval of a service, and of a pod where they are told apart."""
    random = frame.random
    counts, events = _intervals(random, frame)
    names = {name: name for name in ("requests", "errors", "client_errors", "p95_ms", "pod")}
    if random.random() < 0.2:
        names["requests"] = frame.mapping["requests"] = random.choice(("hits", "count", "Total Requests"))
    if random.random() < 0.2:
        names["errors"] = frame.mapping["errors"] = random.choice(("bad", "5xx", "failures"))
    scale = random.choice(("p95_ms", "p95"))
    names["pod"] = random.choice(("pod", "instance", "zone", "region"))
    write = frame.count_writer()
    jitter = random.choice((0, 0, counts.interval // 10)) * SECOND
    extras = {name: texts for name, texts in (("memory", ("0.5", "")), ("note", ("", "a, b"))) if random.random() < 0.2}
    rows = []
    for event in events:
        at = event.at + (random.randrange(jitter + 1) // SECOND * SECOND if jitter else 0)
        cells = frame.cells(at, event.service)
        cells |= {names["requests"]: write(event.requests), names["errors"]: write(event.failed)}
        cells |= {names["client_errors"]: write(event.client)} if event.client is not None else {}
        factor = 1000 if scale == "p95_ms" else 1
        cells |= {scale: frame.numbers(f"{(event.p95 * factor).normalize():f}")} if event.p95 is not None else {}
        cells |= {names["pod"]: event.pod} if event.pod else {}
        cells |= {name: random.choice(texts) for name, texts in extras.items()}
        rows.append(Row(cells, event, at, names["requests"]))
    columns = [*rows[0].cells] if rows else [*frame.columns, names["requests"], names["errors"]]
    broken = frame.broken() + [with_cell(names["requests"], text) for text in ("-1", "", "many")]
    broken.append(lambda cells: cells.update({names["requests"]: "5", names["errors"]: "6"}))
    made = frame.table(_shuffled(random, columns), rows, counts.interval, "wide", broken)
    return replace(made, write=write)


def tidy(frame: Frame) -> Table:
    """A row for each number; those of one interval come together."""
    random = frame.random
    counts, events = _intervals(random, frame)
    signals = {"requests": "requests", "failed": "errors", "client": "client_errors"}
    write, pod = frame.count_writer(), random.choice(("pod", "instance", "zone"))
    rows = []
    for event in events:
        for attribute, signal in signals.items():
            value = getattr(event, attribute)
            if value is None:
                continue
            part = {"requests": 0, "failed": 0, "client": None} | {attribute: value}
            cells = frame.cells(event.at, event.service) | {"signal": signal, "value": write(value)}
            cells |= {pod: event.pod} if event.pod else {}
            # The pod of the truth tells the signals apart, each of which is replaced by itself.
            rows.append(
                Row(cells, Interval(event.at, event.service, pod=f"{event.pod} {signal}", **part), event.at, "value")
            )
    columns = [*rows[0].cells] if rows else [*frame.columns, "signal", "value"]
    broken = [*frame.broken(), with_cell("signal", ""), with_cell("value", "-1")]
    made = frame.table(_shuffled(random, columns), rows, counts.interval, "tidy", broken)
    return replace(made, write=write)


def table(random: Random, zone: str = "", taken: Collection[str] = ()) -> Table:
    """A shape by chance; `zone`: of local times, empty: any. `taken`: names of services that are in other files."""
    shape = random.choices((request_log, wide, tidy), (5, 4, 2))[0]
    return shape(Frame.chosen(random, zone, taken))
