"""Capacity in words: when and at which load a resource is full, effects of planned events, possible savings."""

import math
from collections.abc import Iterable

from dashboard.capacity.capacity import SOON, CapacityReport, ResourceCapacity, Urgency
from dashboard.capacity.load import Load, Relation
from dashboard.capacity.outlook import LIMIT, Outlook
from dashboard.capacity.prices import GIB
from dashboard.capacity.shape import DAYS_MIN
from dashboard.timerange import DAY
from dashboard.ui.text import falls_text, price_text, units
from dashboard.ui.text.status_text import Status
from dashboard.ui.text.units import MISSING, NBSP

URGENCY = {
    Urgency.NEAR: Status("◆", "full within a day", "red"),
    Urgency.SOON: Status("▲", f"full within {SOON / DAY:.0f} days", "amber"),
    Urgency.TIGHT: Status("▲", "with little room at the peak", "amber"),
    Urgency.NO_DATA: Status("◌", "not measured lately", "grey"),
    Urgency.TOO_EARLY: Status("◌", f"known for less than {DAYS_MIN} days", "grey"),
    Urgency.ROOM: Status("✓", "have room", "green"),
}
# While the source does not answer it is unknown whether there is room.
UNKNOWN = Status("◌", "not measured now", "grey")


def shown(urgency: Urgency, *, is_current: bool) -> Status:
    """How an urgency is shown; `is_current`: the data are current."""
    return UNKNOWN if urgency is Urgency.ROOM and not is_current else URGENCY[urgency]


RELATION = {
    Relation.TIME: "grows with time alone",
    Relation.NONE: "does not follow traffic",
    Relation.NO_SPREAD: "not enough spread of load",
    Relation.NO_TRAFFIC: "no traffic is known",
}
READING = "The last 30 days are being read: hourly peaks of every limited resource. This takes a minute or two."
NO_LIMITS = (
    "No limit of any resource is known here: what a service uses can be shown, and not how much of it is left. "
    "Metrics of limits (kube-state-metrics, node exporter, pools) or gauges that are shares make this page."
)
NO_SERVICE = "No service is known yet. The Sources page says what was looked for."


def reach(resources: Iterable[ResourceCapacity]) -> tuple[int, int]:
    """Days ahead for which forecasts exclude that something fills up, and days of data behind them; 0 if none do."""
    judged = [each for each in resources if each.outlook.horizon and each.outlook.seconds is None]
    if not judged:
        return 0, 0
    return math.floor(min(each.outlook.horizon for each in judged) / DAY), round(max(each.days for each in judged))


def rises(each: ResourceCapacity, now: float) -> str:
    """What the past says about a rising resource that is expected to fall back, without a full stop.

    Args:
        each: such a resource. `now`: epoch seconds.
    """
    held = each.held
    assert held is not None, "only those that are held are told so"
    return falls_text.sentence(held.an_hour, held.falls, spoken(held.to_full), now)


def name(each: ResourceCapacity) -> str:
    """A resource with its service, such as "the memory of sessions"."""
    return f"the {each.resource} of {each.title}"


def more(factor: float) -> str:
    """A factor as a difference: 30 % more, 20 % less."""
    share = units.percent(abs(factor - 1))
    return f"{share} {'more' if factor >= 1 else 'less'}" if factor < 3 else f"{factor:g} times the"


def spoken(seconds: float) -> str:
    """A time to full in two units below three days, else in days, without "about", as its interval says so."""
    if seconds < 3 * DAY:
        return units.duration(round(seconds / 600) * 600 if seconds >= 3600 else seconds)
    return f"{seconds / DAY:.0f}{NBSP}days"


def short(seconds: float) -> str:
    """A time to full for a column: 5 h 20 m, 1 d 9 h, 31 d."""
    if seconds >= 3 * DAY:
        return f"{seconds / DAY:.0f}{NBSP}d"
    rounded = round(seconds / 600) * 600 if seconds >= 3600 else round(seconds / 60) * 60
    if rounded >= DAY:
        days, hours = divmod(round(seconds / 3600), 24)
        return f"{days}{NBSP}d" + (f"{NBSP}{hours}{NBSP}h" if hours else "")
    hours, minutes = divmod(rounded // 60, 60)
    if not hours:
        return f"{minutes}{NBSP}m"
    return f"{hours}{NBSP}h" + (f"{NBSP}{minutes}{NBSP}m" if minutes else "")


def full(each: ResourceCapacity) -> str:
    """When a resource is full, for a column: full, in 5 h 20 m, not within 90 d, or falls back as it always did."""
    if each.held is not None:
        return "falls back"
    seconds = each.outlook.seconds
    if seconds is None:
        # A full resource that does not grow may be full again at any time.
        return f"full at its{NBSP}peak" if each.peak >= LIMIT else _not_within(each)
    return f"in {short(seconds)}" if seconds else "full"


def _not_within(each: ResourceCapacity) -> str:
    """How far ahead it is forecast not to be full."""
    if each.outlook.horizon:
        return f"not within {math.floor(each.outlook.horizon / DAY)}{NBSP}d"
    return MISSING if each.urgency is Urgency.NO_DATA else "too early to tell"


def between(each: ResourceCapacity) -> str:
    """The interval of the time to full, or the levels from which the resource fell back."""
    return interval(each.outlook) if each.held is None else falls_text.levels(each.held.falls)


def interval(outlook: Outlook) -> str:
    """The 90 % interval of the time to full: 4 h 50 m – 6 h, 25 – 39 d, from 20 d on."""
    if outlook.seconds is None or outlook.early is None or outlook.seconds == 0:
        return MISSING
    if outlook.late is None:
        return f"from {short(outlook.early)} on"
    if outlook.early >= 3 * DAY:
        return f"{units.between(f'{outlook.early / DAY:.0f}', f'{outlook.late / DAY:.0f}')}{NBSP}d"
    return units.between(short(outlook.early), short(outlook.late))


def amount(share: float | None, each: ResourceCapacity) -> str:
    """A share of a limit in the unit of the limit; as a share if the limit is unknown."""
    if share is None or share != share:
        return MISSING
    if each.limit is None:
        return units.percent(share)
    return quantity(share * each.limit, each.unit)


def quantity(value: float, unit: str) -> str:
    """An amount in its unit: 12.6 GiB, 3.9 cores, 124."""
    if unit == "bytes":
        for factor, suffix in ((1024 * GIB, "TiB"), (GIB, "GiB"), (GIB / 1024, "MiB")):
            if value >= factor * 0.9995 or suffix == "MiB":
                return f"{_three(value / factor)}{NBSP}{suffix}"
    number = _three(value) if unit == "cores" else f"{value:,.0f}"
    return f"{number}{NBSP}{'core' if number == '1' else unit}" if unit == "cores" else number


def tick_unit(each: ResourceCapacity) -> float:
    """The unit in which amounts of a resource are shown, as a multiple of the limit's unit."""
    if each.unit != "bytes" or each.limit is None:
        return 1.0
    return next((factor for factor in (1024 * GIB, GIB) if each.limit >= factor), GIB / 1024)


def capital(resource: str) -> str:
    """The name of a resource at the start of a title."""
    return resource.upper() if resource == "cpu" else resource[:1].upper() + resource[1:]


def _three(value: float) -> str:
    digits = 0 if value >= 99.5 else 1 if value >= 9.95 else 2
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def load(load: Load, traffic: float | None) -> str:
    """The load at which a resource is full: at 1,430/s, 1.9× now.

    Args:
        load: of the resource. `traffic`: requests per second now; None if unknown.
    """
    if load.full is None:
        return RELATION.get(load.relation, MISSING)
    ratio = load.full / traffic if traffic else 0.0
    times = f", {ratio:.{1 if ratio < 9.95 else 0}f}× now" if traffic else ""
    return f"at {rate(load.full)}{times}"


def rate(per_second: float) -> str:
    """Requests per second with three digits: 1,430/s, 76/s, 2.5/s."""
    if per_second >= 100:
        step = 10 ** (len(f"{per_second:.0f}") - 3)
        return f"{round(per_second / step) * step:,.0f}/s"
    return units.rate(per_second)


def formula(each: ResourceCapacity) -> str:
    """The formula of use by traffic, with the numbers of this resource."""
    found, scale = each.load, each.limit or 1.0
    unit = "%" if each.limit is None else each.unit or each.resource
    if found.full is None:
        return ""
    if found.curve is not None:
        return _law(each)
    # The number of requests per second in the formula: a power of ten that does not exceed the load that fills it.
    per = 10 ** max(0, min(2, math.floor(math.log10(found.full))))
    base, slope = (value * (100 if each.limit is None else scale) for value in (found.base, found.slope * per))
    if each.unit == "bytes":
        base, slope, unit = base / GIB, slope / GIB, "GiB"
    sign = "+" if slope >= 0 else "−"
    requests = f"{per} req/s" if per > 1 else "req/s"
    start = _three(base) if base >= 0 else f"−{_three(-base)}"
    return f"{unit} = {start} {sign} {_three(abs(slope))} per {requests}"


def _law(each: ResourceCapacity) -> str:
    curve = each.load.curve
    assert curve is not None, "the curve of this resource is told"
    if each.limit is not None and each.unit not in ("bytes", "cores"):
        alpha, beta = curve.law(each.limit)
        return f"Universal Scalability Law: contention α = {alpha:.2g}, coherency β = {beta:.2g}"
    bends = "contention" if curve.c1 and not curve.c2 else "coherency" if curve.c2 else "no contention seen"
    return f"Universal Scalability Law: {bends}"


def limit(each: ResourceCapacity) -> str:
    """The limit as labelled on its line in the chart."""
    return "limit: 100" + NBSP + "%" if each.limit is None else f"limit: {quantity(each.limit, each.unit)}"


def enough(report: CapacityReport) -> str:
    """The headroom that counts as enough, and the total saving."""
    rule = "Enough: 1.5× the peak or more, never below it, and with one instance down"
    saved = sum(each.surplus.saves or 0.0 for each in report.surplus if each.surplus is not None)
    if not saved:
        return rule
    return f"{rule} · together {price_text.money(saved, report.prices.currency)} a month"


def problem(report: CapacityReport) -> str:
    """One sentence on why there are no newer data."""
    return f"The past could not be read: {report.problem.rstrip('.')}. It is asked for again in ten minutes."
