"""All limited resources, first to be full first: use, peak, headroom, time to full, and the load that fills it."""

import math
from collections import Counter
from collections.abc import Sequence
from html import escape
from urllib.parse import urlencode

import numpy as np

from dashboard.capacity.capacity import CapacityReport, ResourceCapacity, Urgency
from dashboard.capacity.outlook import HOURS_AHEAD, LIMIT
from dashboard.charts.capacity_plot import Scale, area, box, line
from dashboard.engine.snapshot import Snapshot
from dashboard.engine.source_status import SourceState
from dashboard.timerange import DAY
from dashboard.ui.panels.wall.wall import banner
from dashboard.ui.shared_cache import SharedCache
from dashboard.ui.text import capacity_headline, capacity_text, falls_text, moments, price_text, tab_text, units
from dashboard.ui.text.status_text import Status, status
from dashboard.ui.theme import alive, count

HEADS = (
    ("Service", ""), ("Resource", ""), ("Use now", "n"), ("now, <s></s> peak", "bar"), ("Peak, 30 d", "n"),
    ("Limit", "n"), ("Headroom at peak", "n"), ("Time to full", "full"), ("9 times in 10", ""),
    ("Load at which it is full", ""), ("Peaks, forecast to limit", "spark"),
)  # fmt: skip
# Sparklines show daily peaks of this many days, and this many days ahead.
DAYS, AHEAD = 30, 30
_heads = SharedCache[tuple[str, str, int]]()


def head(snapshot: Snapshot, now: float) -> str:
    """Title, counts, data age, clock, and the headline, as HTML.

    Args:
        snapshot: the newest one. `now`: epoch seconds.
    """
    report, source = snapshot.capacity, snapshot.source
    # With thousands of resources both take a while: computed once for all viewers.
    data = report, snapshot.time_zone, snapshot.at // 60, source.state
    counts, said, near = _heads.of("head", data, lambda: _counted(snapshot))
    return (
        f'<div class="gs-title"><h1>Capacity</h1>{counts}<span class="right">'
        f'<i class="gs-dot gs-{status(source.state).colour}"></i><b>{units.age(source.age(now))}</b> · '
        f"{escape(moments.clock(now, snapshot.time_zone))}</span></div>"
        f'{banner(snapshot, now)}{_problem(report)}<div class="gs-caplead">{said}</div>'
        f"{alive(snapshot, now, tab=tab_text.of_capacity(near, snapshot))}"
    )


def _counted(snapshot: Snapshot) -> tuple[str, str, int]:
    """Counts and the headline as HTML, and the number of resources that fill up."""
    report = snapshot.capacity
    numbers, is_current = report.counts, snapshot.source.state is SourceState.OK
    counts = "".join(
        count(capacity_text.shown(urgency, is_current=is_current), number) for urgency, number in numbers.items()
    )
    if not report.resources:
        return counts, "", 0
    first = capacity_headline.headline(report, snapshot.time_zone, snapshot.at)
    lead, _, rest = first.partition(". ")
    said = f"<p><b>{escape(lead)}{'.' if rest else ''}</b> {escape(rest)}</p>"
    return counts, said, numbers[Urgency.NEAR] + numbers[Urgency.SOON]


def _problem(report: CapacityReport) -> str:
    """What is missing from the past."""
    if report.problem:
        return f'<div class="gs-banner gs-amber"><b>▲</b> {escape(capacity_text.problem(report))}</div>'
    if report.is_reading and report.resources:
        said = "The last 30 days are still being read: peaks and times to full may change."
        return f'<div class="gs-banner gs-grey"><b>◌</b> {said}</div>'
    return ""


def address(each: ResourceCapacity | None, folded: bool | None = None) -> str:
    """The address with a resource opened; None: with none."""
    if each is None:
        return "capacity?resource=none"
    values = {"service": each.service, "resource": each.resource}
    return "capacity?" + urlencode(values | ({"all": "1"} if folded is False else {}))


def titles() -> str:
    """The column headers as HTML."""
    cells = "".join(f'<span class="{kind}">{name}</span>' for name, kind in HEADS)
    return f'<div class="gs-caprow head">{cells}</div>'


def rows(
    listed: Sequence[ResourceCapacity], opened: ResourceCapacity | None, *, folded: bool, is_current: bool
) -> str:  # fmt: skip
    """Resources as HTML, each with a link that opens it, or closes the opened one.

    Args:
        listed: in their order. `opened`: the opened resource; None without. `folded`: those with headroom are hidden.
        is_current: the source answers.
    """
    states = [capacity_text.shown(each.urgency, is_current=is_current) for each in listed]
    return "".join(
        _row(each, shown, is_open=each is opened, folded=folded) for each, shown in zip(listed, states, strict=True)
    )


def _row(each: ResourceCapacity, shown: Status, *, is_open: bool, folded: bool) -> str:
    outlook = each.outlook
    at = capacity_text.full(each)
    time_to_full = f"<b>{at}</b>" if outlook.seconds is not None else f'<span class="gs-third">{at}</span>'
    cells = (
        f'<span class="s"><i>{shown.mark}</i><b>{escape(each.title)}</b></span>',
        f'<span class="r">{escape(each.resource)}</span>',
        f'<span class="n" data-name="Use now">{_amount(each.now, each)}</span>',
        f'<span class="bar">{_bar(each)}</span>',
        f'<span class="n" data-name="Peak, {_days(each)}">{_amount(each.peak, each)}</span>',
        f'<span class="n" data-name="Limit">{_limit(each)}</span>',
        f'<span class="n" data-name="Headroom">{_amount(each.headroom, each)}</span>',
        f'<span class="full">{time_to_full}</span>',
        f'<span class="nine" data-name="9 times in 10">{capacity_text.between(each)}</span>',
        f'<span class="load" data-name="Load at full">{escape(capacity_text.load(each.load, each.traffic_now))}</span>',
        f'<span class="spark">{_spark(each)}</span>',
    )
    link = escape(address(None if is_open else each, folded))
    said = f"{each.title}, {each.resource}: {shown.word}"
    if each.held is not None:
        said += f"; {falls_text.often(each.held.falls, each.end)}"
    mark = f"{each.service} {each.resource}"
    return (
        f'<a class="gs-caprow gs-{shown.colour}{" open" if is_open else ""}" href="{link}" target="_self" '
        f'data-soft="{escape(mark)}" aria-expanded="{str(is_open).lower()}" title="{escape(said)}">{"".join(cells)}</a>'
    )


def _days(each: ResourceCapacity) -> str:
    return "30 d" if each.days >= DAYS - 1 else f"{max(each.days, 1):.0f} d"


def _limit(each: ResourceCapacity) -> str:
    return units.MISSING if each.limit is None else capacity_text.quantity(each.limit, each.unit)


def _amount(share: float, each: ResourceCapacity) -> str:
    """An amount with its share of the limit; only the share if the limit is unknown."""
    if each.limit is None or not math.isfinite(share):
        return units.percent(share)
    return f"{capacity_text.amount(share, each)} <small>{units.percent(share)}</small>"


def _bar(each: ResourceCapacity) -> str:
    now = min(max(each.now if math.isfinite(each.now) else 0.0, 0.0), 1.0)
    return f'<u><i style="width:{now:.1%}"></i><s style="left:{min(each.peak, 1):.1%}"></s></u>'


def _spark(each: ResourceCapacity) -> str:
    """Daily peaks, the trend ahead, and the limit."""
    by_day = each.use[-DAYS * 24 :].reshape(DAYS, 24).astype(float)
    known = np.isfinite(by_day)
    peaks = np.where(known.any(axis=1), np.where(known, by_day, -np.inf).max(axis=1), np.nan)
    days = np.arange(-DAYS + 1, 1, dtype=float)
    scale = Scale(days[0], float(AHEAD), 1.12)
    layers = [area(scale, days, np.zeros(DAYS), peaks, "fill"), line(scale, days, peaks, "data")]
    seconds, outlook = each.outlook.seconds, each.outlook
    shapes = [box("limit", width=1.0, bottom=scale.y(LIMIT)), box("now", left=scale.x(0), height=1.0)]
    ahead = np.array([0.0, float(AHEAD)])
    if seconds is not None:
        # For resources that fill up later the line ends at the end of the axis.
        end = min(max(seconds / DAY, 0.5), AHEAD)
        start = float(peaks[np.isfinite(peaks)][-1]) if np.isfinite(peaks).any() else each.now
        reached = LIMIT if seconds / DAY <= AHEAD else start + (LIMIT - start) * AHEAD / (seconds / DAY)
        layers.append(line(scale, np.array([0.0, end]), np.array([start, reached]), "ahead", dash="1 3"))
        if seconds / DAY <= AHEAD:
            shapes.append(box("circle", left=scale.x(end), bottom=scale.y(LIMIT)))
    elif math.isfinite(outlook.level):
        level = float(outlook.path(HOURS_AHEAD if outlook.is_growing else 24 * 7)[: 24 * 7].max())
        level = max(level, float(peaks[np.isfinite(peaks)][-1]) if np.isfinite(peaks).any() else level)
        layers.append(line(scale, ahead, np.array([level, level + outlook.slope * 24 * AHEAD]), "ahead", dash="1 3"))
    return f'<span class="gs-capspark">{"".join(layer.html for layer in layers)}{"".join(shapes)}</span>'


def more(report: CapacityReport, shown: Sequence[ResourceCapacity], *, is_current: bool) -> str:
    """How many are hidden, and whether all of those have headroom, with a link to show them, as HTML; empty for none.

    Args:
        report: of all. `shown`: those that are visible. `is_current`: the source answers.
    """
    keys = {each.key for each in shown}
    rest = tuple(each for each in report.resources if each.key not in keys)
    if not rest:
        return ""
    are = "have" if len(rest) > 1 else "has"
    ahead, past = capacity_text.reach(rest)
    said = f"none reaches its limit within {ahead}{units.NBSP}d, at the trend of the last {past} days"
    first = f"{len(rest):,} more {are} room"
    numbers = Counter(capacity_text.shown(each.urgency, is_current=is_current) for each in rest)
    if numbers.keys() != {capacity_text.URGENCY[Urgency.ROOM]}:
        first, said = f"{len(rest):,} more", ", ".join(f"{number:,} {state.word}" for state, number in numbers.items())
    return (
        f'<a class="gs-capmore" href="capacity?all=1&resource=none" target="_self" data-soft="unfold">'
        f'<i aria-hidden="true">›</i><b>{first}</b> <span>{said}</span></a>'
    )


def turn(find: str, page: int, pages: int) -> str:
    """Links to the previous and next page, and back to the initial list, as HTML.

    Args:
        find: part of a name. `page`: its number, of `pages`.
    """
    links = [("Fold what has room", "capacity?resource=none", "fold")]
    for text, number in (("‹ Previous", page - 1), ("Next ›", page + 1)):
        if 1 <= number <= pages:
            values = {"all": "1", "resource": "none", "page": str(number)} | ({"find": find} if find else {})
            links.append((text, f"capacity?{urlencode(values)}", f"turn {number}"))
    shown = "".join(
        f'<a href="{escape(link)}" target="_self" data-soft="{mark}">{text}</a>' for text, link, mark in links
    )
    return f'<div class="gs-capmore">{shown}</div>'


def surplus(report: CapacityReport, zone: str, now: float) -> str:
    """Allocated but hardly used resources, as HTML; empty without any.

    Args:
        report: of all. `zone`: IANA name. `now`: epoch seconds.
    """
    held = report.surplus
    if not held:
        return ""
    heads = "Service|Resource|Held|Peak, 30 d|peak, margin, <s>to give back</s>|Enough|To give back|Saves a month"
    is_paid = any(each.surplus is not None and each.surplus.saves is not None for each in held)
    if not is_paid:
        heads = heads.removesuffix("Saves a month")
    right = ("Held", "Peak, 30 d", "Enough", "To give back")
    cells = "".join(f'<span class="{"n" if name in right else ""}">{name}</span>' for name in heads.split("|"))
    lines = "".join(_held(each, report, is_paid=is_paid) for each in held)
    return (
        f'<section class="gs-caps held"><div class="gs-caphead"><h2>Held but hardly used</h2>'
        f"<span>30-day peak below a third of what is held</span><em>{capacity_text.enough(report)}</em></div>"
        f'<div class="gs-heldrow head">{cells}</div>{lines}{_prices(report, zone, now, is_paid=is_paid)}</section>'
    )


def _prices(report: CapacityReport, zone: str, now: float, *, is_paid: bool) -> str:
    """The basis of the money amounts, or why there are none; empty without prices."""
    said = price_text.prices(report.prices, zone, now) if is_paid or not report.prices.by_unit else price_text.UNPAID
    return f'<p class="gs-capprices">{escape(said)}</p>' if said else ""


def _held(each: ResourceCapacity, report: CapacityReport, *, is_paid: bool) -> str:
    spare = each.surplus
    assert spare is not None, "only those that have one are listed"
    saves = ""
    if is_paid:
        money = units.MISSING if spare.saves is None else price_text.money(spare.saves, report.prices.currency)
        saves = f'<span data-name="Saves a month">{money}</span>'
    bar = (
        f'<u><i style="width:{each.peak:.1%}"></i><q style="left:{each.peak:.1%};width:{spare.enough - each.peak:.1%}">'
        f'</q><s style="left:{each.peak:.1%}"></s></u>'
    )
    held, enough, back = (capacity_text.amount(share, each) for share in (1.0, spare.enough, spare.give_back))
    return (
        f'<div class="gs-heldrow"><span class="s"><b>{escape(each.title)}</b></span>'
        f"<span>{escape(each.resource)}</span>"
        f'<span class="n" data-name="Held">{held}</span>'
        f'<span class="n" data-name="Peak, {_days(each)}">{_amount(each.peak, each)}</span>'
        f'<span class="bar">{bar}</span><span class="n" data-name="Enough">{enough}</span>'
        f'<span class="n" data-name="To give back"><b>{back}</b></span>'
        f"{saves}</div>"
    )
