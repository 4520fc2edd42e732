"""How files write times: forms with their resolution, in a zone of their own or in that of the configuration."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from random import Random
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND, MILLI, MICRO = 1_000_000, 1000, 1
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "America/St_Johns", "Australia/Lord_Howe")
# The second pass of the hour that clocks repeat begins here (2025), in epoch seconds.
AUTUMNS = {
    "Europe/Berlin": 1_761_440_400, "America/New_York": 1_762_063_200, "America/St_Johns": 1_762_057_800,
    "Australia/Lord_Howe": 1_743_865_200,
}  # fmt: skip


@dataclass(frozen=True)
class TimeForm:
    """One way to write a time.

    Attributes:
        write: epoch microseconds → text.
        resolution: microseconds that it can tell apart.
        zone: of the configuration. `is_local`: the text tells neither offset nor zone.
        keys: lines of [source] that it needs.
    """

    write: Callable[[int], str]
    resolution: int = SECOND
    zone: str = "UTC"
    is_local: bool = False
    keys: tuple[str, ...] = field(default=())


def moment(micros: int, zone: tzinfo = UTC) -> datetime:
    return (EPOCH + timedelta(microseconds=micros)).astimezone(zone)


def _by(pattern: str, zone: tzinfo = UTC) -> Callable[[int], str]:
    return lambda micros: moment(micros, zone).strftime(pattern)


def _iso(zone: tzinfo, sep: str, timespec: str, end: str | None = None) -> Callable[[int], str]:
    def write(micros: int) -> str:
        text = moment(micros, zone).isoformat(sep, timespec)
        return text if end is None else text[:-6] + end

    return write


# Forms that tell their offset.
def _aware(random: Random) -> TimeForm:
    offset = timezone(timedelta(minutes=random.choice((0, 60, 120, -300, 330, 345, -210))))
    spec, resolution = random.choice((("seconds", SECOND), ("milliseconds", MILLI), ("microseconds", MICRO)))
    named = ZoneInfo(random.choice(("Europe/Berlin", "Asia/Kolkata", "America/New_York")))
    return random.choice(
        [
            TimeForm(_iso(UTC, "T", spec, "Z"), resolution),
            TimeForm(_iso(offset, "T", spec), resolution),
            TimeForm(_iso(offset, " ", spec), resolution),
            TimeForm(_iso(UTC, " ", spec, " UTC"), resolution),
            TimeForm(lambda micros: _iso(UTC, "T", spec, "Z")(micros).replace(".", ","), resolution),
            TimeForm(_by("%Y%m%dT%H%M%SZ")),
            TimeForm(_by("%Y-%m-%dT%H:%M:%S%z", offset)),
            TimeForm(_by("%Y-%m-%d %H:%M:%S %z", offset)),
            TimeForm(_by("%d/%b/%Y:%H:%M:%S %z", offset)),
            TimeForm(_by("[%d/%b/%Y:%H:%M:%S %z]", offset)),
            TimeForm(_by("%a, %d %b %Y %H:%M:%S %z", offset)),
            TimeForm(_by("%a, %d %b %Y %H:%M:%S GMT")),
            TimeForm(_by("%d.%m.%Y %H:%M:%S %z", offset), keys=('time_format = "%d.%m.%Y %H:%M:%S %z"',)),
            TimeForm(lambda micros: f"{_iso(named, 'T', spec)(micros)}[{named.key}]", resolution),
        ]
    )


def _epoch(random: Random) -> TimeForm:
    unit, resolution, name = random.choice(
        ((SECOND, SECOND, "s"), (MILLI, MILLI, "ms"), (MICRO, MICRO, "us"), (1, MICRO, "ns"))
    )
    if name == "ns":
        return TimeForm(lambda micros: str(micros * 1000), MICRO)
    if random.random() < 0.3:
        return TimeForm(lambda micros: f"{micros // SECOND}.{micros % SECOND:06d}", MICRO)
    keys = (f'time_format = "{name}"',) if random.random() < 0.2 else ()
    return TimeForm(lambda micros: str(micros // unit), resolution, keys=keys)


def _local(random: Random, zone: str) -> TimeForm:
    where = ZoneInfo(zone)
    spec, resolution = random.choice((("seconds", SECOND), ("milliseconds", MILLI), ("microseconds", MICRO)))
    form = random.choice(
        [
            TimeForm(_iso(where, "T", spec, ""), resolution),
            TimeForm(_iso(where, " ", spec, ""), resolution),
            TimeForm(lambda micros: _iso(where, " ", spec, "")(micros).replace(".", ","), resolution),
            TimeForm(_by("%d/%b/%Y:%H:%M:%S", where)),
            TimeForm(_by("%a %b %d %H:%M:%S %Y", where)),
            TimeForm(_by("%b %d, %Y %I:%M:%S %p", where)),
            TimeForm(_by("%d.%m.%Y %H:%M:%S", where), keys=('time_format = "%d.%m.%Y %H:%M:%S"',)),
            TimeForm(_by("%m/%d/%Y %I:%M:%S %p", where), keys=('time_format = "%m/%d/%Y %I:%M:%S %p"',)),
        ]
    )
    return TimeForm(form.write, form.resolution, zone, True, form.keys)


def _zone_named(random: Random, zone: str) -> TimeForm:
    """The zone behind a local time, which need not be that of the configuration."""
    where = ZoneInfo(random.choice(ZONES[1:]))
    return TimeForm(lambda micros: f"{moment(micros, where):%Y-%m-%d %H:%M:%S} {where.key}", zone=zone)


def time_form(random: Random, zone: str = "") -> TimeForm:
    """A form by chance; `zone`: of the configuration, empty: any."""
    zone = zone or random.choice(ZONES)
    chance = random.randrange(13)
    if chance < 8:
        return replace(_aware(random) if chance < 5 else _epoch(random), zone=zone)
    return _local(random, zone) if chance < 12 else _zone_named(random, zone)
