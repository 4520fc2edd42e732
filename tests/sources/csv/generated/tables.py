"""Shapes of files: rows as cells, each beside what really happened."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from random import Random

from tests.sources.csv.generated.times import AUTUMNS, SECOND, TimeForm, time_form
from tests.sources.csv.generated.truth import HOUR, UNKNOWN, Interval, Request
from tests.sources.csv.generated.words import PODS, service_names, vocabulary

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
Break = Callable[[dict[str, str]], None]
TIME_COLUMNS = ("time", "timestamp", "ts", "date", "datetime", "@timestamp", "Time", "TIMESTAMP", "Date")
INTERVALS = (1, 5, 10, 15, 30, 60, 60, 60, 300, 900, 3600, 7200, 86_400)
BEGIN = 1_763_596_800


@dataclass(frozen=True)
class NumberStyle:
    """How numbers are written: the decimal sign, and the sign between thousands."""

    decimal: str = "."
    thousands: str = ""

    def __call__(self, plain: str) -> str:
        """A number that is written with a decimal point, without a sign."""
        whole, _, decimals = plain.partition(".")
        grouped = f"{int(whole):,}".replace(",", self.thousands) if self.thousands else whole
        return grouped + (f"{self.decimal}{decimals}" if decimals else "")


STYLES = (
    NumberStyle(",", "."),
    NumberStyle(",", "\u202f"),
    NumberStyle(",", ""),
    NumberStyle(".", ","),
    NumberStyle(".", "'"),
)


@dataclass
class Row:
    """Cells by column; what happened; its time in epoch microseconds for its place; the column of its requests."""

    cells: dict[str, str]
    event: Request | Interval
    at: int
    counted: str = ""


@dataclass
class Table:
    """A file before it is written.

    Attributes:
        columns: in their order. `rows`: in the order of time. `keys`: lines of [source]; `mapping`: ours → the file's.
        form: of its times. `interval`: seconds. `kind`: which shape. `broken`: ways to make a bad row of a good one.
        write: a count, as the file has it.
    """

    columns: list[str]
    rows: list[Row]
    form: TimeForm
    keys: list[str]
    mapping: dict[str, str]
    interval: int
    kind: str
    broken: Sequence[Break] = field(default=())
    write: Callable[[int], str] = str


@dataclass
class Frame:
    """What all shapes choose: services, times and columns of time and service."""

    random: Random
    form: TimeForm
    services: list[str]
    time: str
    service: str
    keys: list[str]
    numbers: NumberStyle
    mapping: dict[str, str] = field(default_factory=dict)

    @classmethod
    def chosen(cls, random: Random, zone: str, taken: Collection[str]) -> "Frame":
        form, services = time_form(random, zone), service_names(random, taken)
        time, service = random.choice(TIME_COLUMNS), random.choice(("service", "service", "Service", "SERVICE"))
        keys, mapping = list(form.keys), dict[str, str]()
        if random.random() < 0.1:
            time = mapping["time"] = random.choice(("When", "start time", "t, ms", "@t"))
        if random.random() < 0.1:
            service = mapping["service"] = random.choice(("app", "Target", "service.name"))
        elif random.random() < 0.1:
            services, service = services[:1], ""
            keys.append(f"service = {quoted(services[0])}")
        numbers = random.choice(STYLES) if random.random() < 0.2 else NumberStyle()
        return cls(random, form, services, time, service, keys, numbers, mapping)

    def begin(self, span: int) -> int:
        """Epoch seconds; local times often lie about the night in which clocks go back."""
        if self.form.is_local and self.form.zone in AUTUMNS and self.random.random() < 0.5:
            return AUTUMNS[self.form.zone] + self.random.randrange(-span - HOUR, 2 * HOUR)
        return BEGIN + self.random.randrange(0, 30 * 86_400)

    def cells(self, at: int, service: str) -> dict[str, str]:
        named = {self.service: service} if self.service else {}
        return {self.time: self.form.write(at), **named}

    @property
    def columns(self) -> list[str]:
        return [self.time, *([self.service] if self.service else [])]

    def broken(self) -> list[Break]:
        """Ways to make a row bad: its time, or its service."""
        texts = ("soon", "", "2026-02-30T00:00:00Z", "2026-13-01", "1999-01-01T00:00:00Z")
        ways = [_with(self.time, text) for text in texts]
        return ways + ([_with(self.service, "")] if self.service else [])

    def table(self, columns: list[str], rows: list[Row], interval: int, kind: str, broken: list[Break]) -> Table:
        return Table(columns, rows, self.form, self.keys, self.mapping, interval, kind, broken)

    def count_writer(self) -> Callable[[int], str]:
        if self.numbers != NumberStyle():
            return lambda count: self.numbers(str(count))
        return self.random.choice((str, str, str, lambda count: f"{count}.0", lambda count: f"{count:.6e}"))


def quoted(text: str) -> str:
    """A text of TOML."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t") + '"'


def _with(column: str, text: str) -> Break:
    return lambda cells: cells.update({column: text})


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
    broken = frame.broken() + [_with(duration, text) for text in ("-1", "", "fast", "nan")] + [_with(column, "")]
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
    decides = {"status", "code", "requests"} if not taken & {"outcome", "result", "rc"} else {"requests"}
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
    broken = frame.broken() + [_with(names["requests"], text) for text in ("-1", "", "many")]
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
    broken = [*frame.broken(), _with("signal", ""), _with("value", "-1")]
    made = frame.table(_shuffled(random, columns), rows, counts.interval, "tidy", broken)
    return replace(made, write=write)


def table(random: Random, zone: str = "", taken: Collection[str] = ()) -> Table:
    """A shape by chance; `zone`: of local times, empty: any. `taken`: names of services that are in other files."""
    shape = random.choices((request_log, wide, tidy), (5, 4, 2))[0]
    return shape(Frame.chosen(random, zone, taken))
