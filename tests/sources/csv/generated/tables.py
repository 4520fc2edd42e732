"""Tables before they are written: rows as cells, each beside what really happened."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from random import Random

from tests.sources.csv.generated.times import AUTUMNS, TimeForm, time_form
from tests.sources.csv.generated.truth import HOUR, Interval, Request
from tests.sources.csv.generated.words import service_names

Break = Callable[[dict[str, str]], None]
TIME_COLUMNS = ("time", "timestamp", "ts", "date", "datetime", "@timestamp", "Time", "TIMESTAMP", "Date")
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
    # What the same row tells of other services.
    others: tuple[Request | Interval, ...] = ()

    @property
    def events(self) -> tuple[Request | Interval, ...]:
        return (self.event, *self.others)


@dataclass
class Table:
    """A file before it is written.

    Attributes:
        columns: in their order. `rows`: in the order of time. `keys`: lines of [source]; `mapping`: ours → the file's.
        form: of its times. `interval`: seconds. `kind`: which shape. `broken`: ways to make a bad row of a good one.
        write: a count, as the file has it.
        in_order: rows are not shuffled, written again, parted or late, as the numbers follow from those before.
        is_tool: a tool wrote it. `is_log`: rows are lines of a log, without a header.
        of_good: what is not good has failed. `others`: tables of the same services.
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
    in_order: bool = False
    is_tool: bool = False
    is_log: bool = False
    of_good: bool = False
    others: "tuple[Table, ...]" = ()


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
    taken: Collection[str] = ()

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
        return cls(random, form, services, time, service, keys, numbers, mapping, taken)

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
        ways = [with_cell(self.time, text) for text in texts]
        return ways + ([with_cell(self.service, "")] if self.service else [])

    def table(self, columns: list[str], rows: list[Row], interval: int, kind: str, broken: list[Break]) -> Table:
        return Table(columns, rows, self.form, self.keys, self.mapping, interval, kind, broken)

    def count_writer(self) -> Callable[[int], str]:
        if self.numbers != NumberStyle():
            return lambda count: self.numbers(str(count))
        return self.random.choice((str, str, str, lambda count: f"{count}.0", lambda count: f"{count:.6e}"))


def quoted(text: str) -> str:
    """A text of TOML."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t") + '"'


def with_cell(column: str, text: str) -> Break:
    return lambda cells: cells.update({column: text})
