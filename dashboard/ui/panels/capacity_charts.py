"""The two charts of an opened resource: use by the hour with what lies ahead, and use against traffic."""

import math
from datetime import datetime, timedelta
from html import escape
from zoneinfo import ZoneInfo

import numpy as np

from dashboard.capacity.capacity import ResourceCapacity
from dashboard.capacity.outlook import HORIZON, LIMIT
from dashboard.capacity.planned import Effect
from dashboard.charts.capacity_plot import Layer, Plot, Scale, Word, area, box, dots, line
from dashboard.charts.figure import plain, ticks_to
from dashboard.timerange import DAY, HOUR
from dashboard.ui.text import capacity_text, moments, units

# So much of the past is shown at most and at least, and so much ahead.
PAST, PAST_MIN = 14.0 * DAY, 2.0 * DAY
AHEAD_MIN = float(DAY)
# Beyond the end of what is told.
ROOM = 1.15
# Days between two dates below the axis, and hours where it is short.
DATES = (HOUR * 3, HOUR * 6, HOUR * 12, DAY, 2 * DAY, 7 * DAY, 14 * DAY)
TICKS = 9


def charts(each: ResourceCapacity, now: float, zone: str, extra: Effect | None = None) -> str:
    """Both charts as HTML.

    Args:
        each: the resource. `now`: epoch seconds. `zone`: IANA name.
        extra: what is asked for, in the place of the planned events; None for nothing.
    """
    # What is asked for stands alone: two on one day would lie on one another.
    effects = each.effects if extra is None else (extra,)
    highest = max([LIMIT, each.peak, *(min(effect.peak, 2.0) for effect in effects)])
    top = highest * (1.22 if highest <= 1.0 else 1.1)
    by_hour = _ByHour(each, now, zone, effects, top)
    return (
        f'<div class="gs-capcharts">{by_hour.plot().html}{_against_traffic(each, effects, top, zone, now).html}</div>'
    )


def _ticks(each: ResourceCapacity, top: float) -> list[tuple[float, str]]:
    # Of GiB and TiB round numbers are others than of bytes.
    unit = capacity_text.tick_unit(each)
    scale = (each.limit or 1.0) / unit
    _, values = ticks_to(top * scale * 0.92)
    return [(value / scale / top, _tick(value / scale, each)) for value in values if value / scale <= top]


def _tick(share: float, each: ResourceCapacity) -> str:
    if each.limit is None:
        return f"{share * 100:.0f}{units.NBSP}%"
    text = capacity_text.amount(share, each)
    return "0" if share == 0 else text


class _ByHour:
    """Use by the hour, the trend of its daily peak, the forecast, the limit and planned events.

    Args:
        each: the resource. `now`: epoch seconds. `zone`: IANA name. `effects`: of events. `top`: of the scale.
    """

    def __init__(
        self, each: ResourceCapacity, now: float, zone: str, effects: tuple[Effect, ...], top: float
    ) -> None:  # fmt: skip
        self._each, self._now, self._zone, self._effects = each, now, zone, effects
        outlook = each.outlook
        told = [outlook.late or outlook.seconds or 0.0, *(effect.event.end - now for effect in effects)]
        ahead = min(max(max(told) * ROOM, AHEAD_MIN if outlook.seconds is not None else 7.0 * DAY), float(HORIZON))
        past = min(max(3 * ahead, PAST_MIN), PAST, max(each.days, 1.0) * DAY)
        self._ahead = ahead
        self._scale = Scale(now - past, now + ahead, top)

    def plot(self) -> Plot:
        """The chart."""
        each, scale = self._each, self._scale
        outlook = each.outlook
        what = f"{each.title}: {each.resource} in use, by hour"
        grows = _growth(each)
        value = ""
        if outlook.seconds is not None:
            # Its colour is that of its urgency.
            colour = capacity_text.URGENCY[each.urgency].colour
            until = "full now" if outlook.seconds == 0 else f"full in {capacity_text.short(outlook.seconds)}"
            within = f", {capacity_text.interval(outlook)}" if outlook.seconds else ""
            value = f'<span class="v"><b class="gs-{colour}">{until}</b>{within}</span>'
        head = f'<h2>{escape(what)}</h2><span class="m">{grows}</span>{value}'
        layers = [*self._past(), *self._future(), *self._trend(), *self._events()]
        name = f"{what}. {grows}. {capacity_text.spoken(outlook.seconds)}"
        return Plot(
            name, head, layers, list(self._words()), list(self._shapes()), _ticks(each, scale.top),
            _dates(scale, self._zone), "time",
        )  # fmt: skip

    def _past(self) -> list[Layer]:
        each = self._each
        ends = each.end - HOUR * np.arange(len(each.use) - 1, -1, -1)
        shown = ends >= self._scale.left
        x, y = ends[shown], each.use[shown].astype(float)
        if self._now > x[-1] and math.isfinite(each.now):
            x, y = np.append(x, self._now), np.append(y, each.now)
        return [area(self._scale, x, np.zeros(len(x)), y, "fill"), line(self._scale, x, y, "data")]

    def _hours(self) -> np.ndarray:
        return np.arange(1, int(self._ahead // HOUR) + 1)

    def _future(self) -> list[Layer]:
        """The expected shape of the days, and the interval of the trend."""
        hours = self._hours()
        if not len(hours) or not math.isfinite(self._each.outlook.level):
            return []
        x = self._now + hours * HOUR
        drawn = [line(self._scale, x, self._each.outlook.path(len(hours)), "ghost", width=1)]
        outlook = self._each.outlook
        if outlook.is_growing:
            ahead = np.concatenate([[0], hours[::6], hours[-1:]])
            highest = outlook.trend(np.zeros(1))[0]
            low, high = (highest + slope * ahead for slope in (outlook.low, min(outlook.high, 1.0)))
            drawn.append(area(self._scale, self._now + ahead * HOUR, low, high, "cone"))
        return drawn

    def _trend(self) -> list[Layer]:
        outlook = self._each.outlook
        if not outlook.is_growing:
            return []
        since = max(-outlook.stretch / HOUR, (self._scale.left - self._now) / HOUR)
        until = self._ahead / HOUR
        past, ahead = np.array([since, 0.0]), np.array([0.0, until])
        return [
            line(self._scale, self._now + past * HOUR, outlook.trend(past), "trend", width=2),
            line(self._scale, self._now + ahead * HOUR, outlook.trend(ahead), "trend", dash="1 4", width=2),
        ]

    def _events(self) -> list[Layer]:
        """What is in use during each event."""
        layers = []
        for effect in self._effects:
            hours = self._hours()
            ends = self._now + hours * HOUR
            within = (ends > effect.event.start) & (ends - HOUR < effect.event.end)
            if within.sum() < 2:
                continue
            usual = self._each.outlook.path(len(hours))[within]
            load = self._each.load
            use = load.use_at(load.traffic_at(np.minimum(usual, LIMIT)) * effect.event.factor)
            kind = "over" if effect.full_from is not None else "event"
            layers.append(line(self._scale, ends[within], use + np.maximum(usual - LIMIT, 0), kind, width=2))
        return layers

    def _shapes(self) -> list[str]:
        scale, outlook = self._scale, self._each.outlook
        limit = scale.y(LIMIT)
        shapes = [box("now", left=scale.x(self._now), height=1.0)]
        for effect in self._effects:
            begin, end = scale.x(effect.event.start), scale.x(effect.event.end)
            shapes.append(box("band", left=begin, width=max(end - begin, 0.003), height=1.0))
        shapes.append(box("limit", width=1.0, bottom=limit))
        if outlook.seconds and outlook.early is not None:
            late = self._ahead if outlook.late is None else outlook.late
            begin, end = scale.x(self._now + outlook.early), scale.x(self._now + late)
            shapes.append(box("range", left=begin, width=end - begin, bottom=limit))
            shapes.append(box("circle", left=scale.x(self._now + outlook.seconds), bottom=limit))
        return shapes

    def _words(self) -> list[Word]:
        scale, each, outlook = self._scale, self._each, self._each.outlook
        limit = scale.y(LIMIT)
        words = [
            Word(0.0, limit, capacity_text.limit(each), "up third"),
            Word(scale.x(self._now), 1.0, "now", "rail"),
        ]
        if outlook.seconds:
            # No forecast knows minutes.
            full = round((self._now + outlook.seconds) / 600) * 600.0
            at = moments.near(full, self._zone, self._now)
            if outlook.early is not None and outlook.late is not None and outlook.early > 2 * DAY:
                days = (moments.day(self._now + end, self._zone, self._now) for end in (outlook.early, outlook.late))
                at += "\n" + " – ".join(days)
            place = scale.x(self._now + outlook.seconds)
            side = "left" if place > 0.85 else "right" if place < 0.12 else "middle"
            words.append(Word(place, limit, f"full {at}", f"up2 {side} strong"))
        for effect in self._effects:
            begin, end = scale.x(effect.event.start), scale.x(effect.event.end)
            side = "left" if begin > 0.7 else "right"
            words.append(Word(begin if side == "right" else end, 1.0, _named(effect), f"rail {side} amber"))
            if effect.full_from is not None:
                peak = scale.x(effect.peak_at)
                text = f"needs {capacity_text.amount(effect.peak, each)}"
                where = "left" if peak > 0.25 else "right"
                words.append(Word(peak, min(scale.y(effect.peak), 0.93), text, f"{where} beside red strong"))
        return words


def _growth(each: ResourceCapacity) -> str:
    """How the daily peak grows, in words."""
    outlook = each.outlook
    if outlook.seconds == 0:
        return "it is full now"
    if each.is_live and outlook.seconds is not None:
        again = f"; reset {outlook.resets} times in 30 days" if outlook.resets > 1 else ""
        return f"rises as the last hours have it{again}"
    if not outlook.is_growing:
        return "the daily peak does not grow"
    a_day = outlook.slope * 24
    if a_day >= 0.01:
        return f"the daily peak grows {capacity_text.amount(a_day, each)} a day"
    return f"the daily peak grows {capacity_text.amount(a_day * 7, each)} a week"


def _named(effect: Effect) -> str:
    name = effect.event.name
    return name if len(name) <= 28 else f"{name[:27]}…"


def _dates(scale: Scale, zone: str) -> list[tuple[float, str]]:
    """Dates below the axis, or the clock where it is short."""
    span = scale.right - scale.left
    step = next((step for step in DATES if span / step <= TICKS), DATES[-1])
    local = ZoneInfo(zone)
    begin = datetime.fromtimestamp(scale.left, local).replace(hour=0, minute=0, second=0, microsecond=0)
    labels = []
    for number in range(int(span / step) + 3 + DAY // step):
        # By the calendar: days with daylight saving have other lengths.
        at = begin + timedelta(days=number * step // DAY) if step >= DAY else begin + timedelta(seconds=number * step)
        place = scale.x(at.timestamp())
        if 0.0 <= place <= 0.97:
            day = f"{at.day}{units.NBSP}{at:%b}"
            labels.append((place, day if step >= DAY or not at.hour else f"{at:%H:%M}"))
    return labels


def _against_traffic(
    each: ResourceCapacity, effects: tuple[Effect, ...], top: float, zone: str, now: float
) -> Plot:  # fmt: skip
    """Use against traffic with what was fitted, now, the peak, and the load at the limit."""
    load, traffic = each.load, each.traffic.astype(float)
    known = np.isfinite(traffic) & np.isfinite(each.use)
    busiest = max([*(traffic[known].tolist() or [1.0]), load.high or 0.0, *(effect.traffic for effect in effects)])
    right, marks = ticks_to(min(busiest, 4 * (load.full or busiest)))
    scale = Scale(0.0, right, top)
    value = ""
    if load.full and load.low is not None and load.high is not None:
        within = f"{capacity_text.rate(load.low)} – {capacity_text.rate(load.high)}"
        value = f"<b>full at {capacity_text.rate(load.full)}</b>, {within}"
    head = (
        f"<h2>{escape(capacity_text.capital(each.resource))} against traffic</h2>"
        f'<span class="m">hours of {each.days:.0f}{units.NBSP}d</span><span class="v">{value}</span>'
    )
    layers = [dots(scale, traffic[known], each.use[known].astype(float), "dots")]
    layers += _fit(each, scale, traffic[known])
    shapes, words = _marks(each, scale, effects, zone, now)
    name = f"{each.resource} of {each.title} against traffic. {capacity_text.load(load, each.traffic_now)}"
    times = [(scale.x(mark), plain(capacity_text.rate(mark)) if mark else "0") for mark in marks[:-1]]
    # As many as there is room for.
    return Plot(name, head, layers, words, shapes, _ticks(each, top), times[:: 1 + len(times) // 5], "load")


def _fit(each: ResourceCapacity, scale: Scale, traffic: np.ndarray) -> list[Layer]:
    load = each.load
    if load.full is None or not len(traffic):
        return []
    inside = np.linspace(float(np.quantile(traffic, 0.01)), float(traffic.max()), 40)
    beyond = np.linspace(float(traffic.max()), min(max(load.full * 1.1, float(traffic.max())), scale.right), 40)
    ahead = load.use_at(beyond)
    shown = ahead <= scale.top
    return [
        line(scale, inside, load.use_at(inside), "trend", width=2),
        line(scale, beyond[shown], ahead[shown], "trend", dash="1 4", width=2),
    ]


def _marks(
    each: ResourceCapacity, scale: Scale, effects: tuple[Effect, ...], zone: str, now: float
) -> tuple[list[str], list[Word]]:  # fmt: skip
    load, limit = each.load, scale.y(LIMIT)
    shapes = [box("limit", width=1.0, bottom=limit)]
    words = [Word(0.0, limit, capacity_text.limit(each), "up third")]
    if load.full is None:
        words.append(Word(0.0, 0.0, capacity_text.RELATION.get(load.relation, ""), "up inset third"))
    else:
        shapes += _full(each, scale)
        words += _full_words(each, scale)
    if each.traffic_now is not None and math.isfinite(each.now):
        place, height = scale.x(each.traffic_now), scale.y(each.now)
        shapes.append(box("point", left=place, bottom=height))
        side = "beside right" if place < 0.6 else "beside left"
        text = f"now {capacity_text.rate(each.traffic_now)}, {capacity_text.amount(each.now, each)}"
        words.append(Word(place, height, text, f"{side} low strong"))
    if (busiest := _busiest(each)) is not None:
        shapes.append(box("point", left=scale.x(busiest[0]), bottom=scale.y(busiest[1])))
        text = f"peak {capacity_text.rate(busiest[0])}, {capacity_text.amount(busiest[1], each)}"
        words.append(Word(scale.x(busiest[0]), scale.y(busiest[1]), text, "beside left high strong"))
    for effect in effects:
        if effect.traffic > scale.right:
            continue
        place = scale.x(effect.traffic)
        kind = "over" if effect.full_from is not None else "within"
        shapes.append(box(f"diamond {kind}", left=place, bottom=scale.y(effect.peak)))
        day = moments.day(effect.peak_at, zone, now)
        text = f"{day} {capacity_text.rate(effect.traffic)}, {capacity_text.amount(effect.peak, each)}"
        side = "left" if place > 0.5 else "right"
        words.append(Word(place, scale.y(effect.peak), text, f"beside {side} {'red' if kind == 'over' else ''}"))
    return shapes, words


def _busiest(each: ResourceCapacity) -> tuple[float, float] | None:
    """Traffic and use of the busiest hour; None where it is near now, or its use does not follow traffic."""
    known = np.isfinite(each.traffic) & np.isfinite(each.use)
    if each.load.full is None or not known.any():
        return None
    place = int(np.where(known, each.traffic, -np.inf).argmax())
    traffic, use = float(each.traffic[place]), float(each.use[place])
    # Their labels would lie on one another.
    is_near = each.traffic_now is not None and abs(traffic - each.traffic_now) < 0.25 * traffic
    return None if is_near else (traffic, use)


def _full(each: ResourceCapacity, scale: Scale) -> list[str]:
    load, limit = each.load, scale.y(LIMIT)
    if load.full is None or load.low is None or load.high is None or load.full > scale.right:
        return []
    low, high = scale.x(load.low), scale.x(load.high)
    place = scale.x(load.full)
    return [
        box("drop", left=place, height=limit),
        box("range", left=low, width=high - low, bottom=limit),
        box("circle", left=place, bottom=limit),
    ]


def _full_words(each: ResourceCapacity, scale: Scale) -> list[Word]:
    load = each.load
    words = [Word(0.0, 0.0, capacity_text.formula(each), "up inset blue")]
    if load.full is None or load.low is None or load.high is None or load.full > scale.right:
        return words
    lines = f"9 times in 10\n{capacity_text.rate(load.low)} – {capacity_text.rate(load.high)}"
    if each.traffic_peak:
        lines += f"\n{load.full / each.traffic_peak:.2f}× of the peak"
    place = scale.x(load.full)
    side = "left" if place > 0.62 else "right"
    return [*words, Word(place, 0.30, lines, f"beside {side} third nine")]
