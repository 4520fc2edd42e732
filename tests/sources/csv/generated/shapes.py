"""Shapes of files: request logs, wide and tidy tables, running totals, services as columns, formats of two tools."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta, timezone
from decimal import Decimal
from random import Random

from tests.sources.csv.generated.tables import Frame, NumberStyle, Row, Table, quoted, with_cell
from tests.sources.csv.generated.times import MILLI, SECOND, TimeForm, moment
from tests.sources.csv.generated.truth import CLIENT, FAILED, GOOD, HOUR, UNKNOWN, Interval, Request
from tests.sources.csv.generated.words import CODES, PODS, vocabulary

# Durations in seconds: some lie on the bounds of buckets.
DURATIONS = tuple(
    Decimal(text)
    for text in (
        "0", "0.001", "0.0005", "0.0021", "0.005", "0.012", "0.03", "0.075", "0.1", "0.123", "0.15", "0.3", "0.301",
        "0.7", "0.75", "1", "1.2", "2.5", "3.25", "10", "29.9", "30", "60", "61", "90", "3600",
    )
)  # fmt: skip
# Services that are columns: names of other kinds are those of series.
COLUMNS = ("shop", "cart", "auth", "pay", "Shop", "café", "with space", "checkout-v2")
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
    broken = frame.broken() + [with_cell(duration, text) for text in ("1.2.3", "--5", "fast", "1 fortnight")]
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
    """A row for each interval of a service, and of a pod where they are told apart; good ones may stand for errors."""
    random = frame.random
    counts, events = _intervals(random, frame)
    names = {name: name for name in ("requests", "errors", "client_errors", "p95_ms", "pod")}
    if random.random() < 0.2:
        names["requests"] = frame.mapping["requests"] = random.choice(("hits", "count", "Total Requests"))
    of_good = random.random() < 0.2
    if of_good:
        _name_good(frame, names)
    elif random.random() < 0.2:
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
        counted = event.requests - event.failed - (event.client or 0) if of_good else event.failed
        cells |= {names["requests"]: write(event.requests), names["errors"]: write(counted)}
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
    return replace(made, write=write, of_good=of_good)


def _name_good(frame: Frame, names: dict[str, str]) -> None:
    """Call the column of errors as one of good requests is called, and that of all requests as the total of them."""
    random = frame.random
    good = random.choice(("good", "success", "Successes", "passed", "ok", "Successful Requests", "fine"))
    names["errors"] = good
    if good == "fine":
        frame.mapping["good"] = good
    if names["requests"] == "requests" and random.random() < 0.3:
        names["requests"] = random.choice(("total", "Total Requests", "requests_total"))


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


def running_totals(frame: Frame) -> Table:
    """A wide table of what was counted since a process began, which the configuration says, or numbers tell."""
    random = frame.random
    counts, events = _intervals(random, frame)
    is_said = random.random() < 0.7
    if is_said:
        frame.keys.append('unit = "running total"')
    else:
        # So many rows, and such numbers, can be nothing else.
        steps = range(random.randint(15, 40))
        moments = [(counts.begin + step * counts.interval) * SECOND for step in steps]
        events = [
            Interval(at, service, random.randint(50, 70), random.randint(0, 3), pod=pod)
            for at in moments
            for service in frame.services
            for pod in counts.pods
        ]
    pod = random.choice(("pod", "instance", "zone"))
    totals: dict[tuple[str, str], list[int]] = {}
    rows = []
    for event in events:
        amounts = [event.requests, event.failed, *([] if event.client is None else [event.client])]
        before = totals.get((event.service, event.pod))
        start = random.choice((0, 7, 123_456))
        now = [start * (3 if place == 0 else 1) + each for place, each in enumerate(amounts)]
        counted = event
        if before is None:
            # The first row of a process tells what was counted before it.
            counted = replace(event, requests=0, failed=0, client=None if event.client is None else 0)
        else:
            begins_anew = (
                is_said
                and random.random() < 0.05
                and all(new < old or not old for new, old in zip(amounts, before, strict=True))
            )
            now = amounts if begins_anew else [old + new for old, new in zip(before, amounts, strict=True)]
        totals[event.service, event.pod] = now
        cells = (
            frame.cells(event.at, event.service) | {pod: event.pod}
            if event.pod
            else frame.cells(event.at, event.service)
        )
        cells |= dict(zip(("requests", "errors", "client_errors"), map(str, now), strict=False))
        rows.append(Row(cells, counted, event.at, "requests"))
    columns = [*rows[0].cells] if rows else [*frame.columns, "requests", "errors"]
    made = frame.table(_shuffled(random, columns), rows, counts.interval, "totals", frame.broken())
    return replace(made, in_order=True)


def services_as_columns(frame: Frame) -> Table:
    """A column of requests for each service, and beside it a table of their failures."""
    random = frame.random
    frame.mapping.pop("service", None)
    pool = [name for name in COLUMNS if name not in frame.taken]
    services = random.sample(pool, min(len(pool), random.choice((1, 2, 3))))
    plain = replace(frame, services=services, service="", keys=list(frame.form.keys))
    counts, events = _intervals(random, replace(plain, services=services))
    # Nothing tells of a service without any number.
    services = list(dict.fromkeys(event.service for event in events)) or services
    by_time: dict[int, dict[str, Interval]] = {}
    for event in events:
        by_time.setdefault(event.at, {})[event.service] = event
    tables = []
    for signal in ("requests", "errors"):
        rows = []
        for at, told in by_time.items():
            cells = plain.cells(at, "")
            told_events = []
            for service, event in told.items():
                number = event.requests if signal == "requests" else event.failed
                # Where nothing failed nothing is written, as dashboards have it.
                cells[service] = "" if signal == "errors" and not number and random.random() < 0.5 else str(number)
                own = {"requests": number, "failed": 0} if signal == "requests" else {"requests": 0, "failed": number}
                told_events.append(Interval(at, service, pod=signal, **own))
            rows.append(Row(cells, told_events[0], at, others=tuple(told_events[1:])))
        keys = [*plain.keys, f'signal = "{signal}"', 'unit = "count"']
        table_of = replace(plain, keys=keys).table([plain.time, *services], rows, counts.interval, "services", [])
        tables.append(replace(table_of, broken=[with_cell(plain.time, text) for text in ("soon", "2026-13-01")]))
    return replace(tables[0], others=(tables[1],))


def jmeter(frame: Frame) -> Table:
    """Results of JMeter, whose times are those of the beginning of a sample."""
    random = frame.random
    form = TimeForm(lambda micros: str(micros // MILLI), MILLI, frame.form.zone)
    service = frame.services[0]
    rows = []
    for at in _moments(random, frame.begin(HOUR), HOUR, random.randint(5, 200), MILLI):
        milliseconds = random.choice((0, 1, 12, 30, 75, 100, 123, 301, 750, 2500, 61_000))
        outcome = random.choice((GOOD, GOOD, FAILED))
        code = "200" if outcome == GOOD else random.choice(("500", "Non HTTP response code: java.net.SocketException"))
        cells = {
            "timeStamp": form.write(at), "elapsed": str(milliseconds), "label": random.choice(("/", "/a,b")),
            "responseCode": code, "responseMessage": "", "threadName": "Users 1-1", "dataType": "text",
            "success": "true" if outcome == GOOD else "false", "bytes": "123", "Latency": "1",
        }  # fmt: skip
        end = at + milliseconds * MILLI
        rows.append(Row(cells, Request(end, service, outcome, Decimal(milliseconds) / 1000), end))
    rows.sort(key=lambda row: row.at)
    keys = [f"service = {quoted(service)}"]
    broken = [with_cell("timeStamp", "soon"), with_cell("elapsed", "-1"), with_cell("elapsed", "fast")]
    return Table([*rows[0].cells], rows, form, keys, {}, 60, "log of jmeter", broken, is_tool=True)


def access_log(frame: Frame) -> Table:
    """Lines of nginx in the combined format, with the time that a request took in seconds behind."""
    random = frame.random
    offset = timezone(timedelta(minutes=random.choice((0, 60, -300, 330))))
    form = TimeForm(lambda micros: moment(micros, offset).strftime("%d/%b/%Y:%H:%M:%S %z"), SECOND, frame.form.zone)
    service = frame.services[0]
    rows = []
    for at in sorted(_moments(random, frame.begin(HOUR), HOUR, random.randint(5, 200), SECOND)):
        outcome = random.choice((GOOD, GOOD, GOOD, CLIENT, FAILED))
        seconds = random.choice([each for each in DURATIONS if each * 1000 % 1 == 0])
        path = random.choice(("/", "/a?b=%20c", "/x,y;z"))
        line = (
            f'203.0.113.{random.randrange(255)} - - [{form.write(at)}] "GET {path} HTTP/1.1" '
            f'{random.choice(CODES[outcome])} 12 "-" "curl/8.1 (x; y)" {seconds:.3f}'
        )
        rows.append(Row({"line": line}, Request(at, service, outcome, seconds), at))
    keys = [f"service = {quoted(service)}", 'duration = "s"']
    return Table(["line"], rows, form, keys, {}, 60, "access log", is_tool=True, is_log=True)


def table(random: Random, zone: str = "", taken: Collection[str] = ()) -> Table:
    """A shape by chance; `zone`: of local times, empty: any. `taken`: names of services that are in other files."""
    shapes = (request_log, wide, tidy, running_totals, services_as_columns, jmeter, access_log)
    shape = random.choices(shapes, (5, 4, 2, 1, 1, 1, 1))[0]
    return shape(Frame.chosen(random, zone, taken))
