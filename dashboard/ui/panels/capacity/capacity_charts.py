"""The charts of an opened resource: its hourly use with the forecast, and its use against traffic."""

import math
from datetime import datetime, timedelta
from html import escape
from zoneinfo import ZoneInfo

import numpy as np

from dashboard.capacity.capacity import ResourceCapacity
from dashboard.capacity.load import Relation
from dashboard.capacity.outlook import HORIZON, LIMIT
from dashboard.capacity.planned import Effect
from dashboard.charts.capacity_plot import Layer, Plot, Scale, Word, area, box, line
from dashboard.timerange import DAY, HOUR
from dashboard.ui.panels.capacity.capacity_load_chart import against_traffic, ticks
from dashboard.ui.text import capacity_text, falls_text, moments, units

# Maximum and minimum length of the displayed past, and of the future.
PAST, PAST_MIN = 14.0 * DAY, 2.0 * DAY
AHEAD_MIN = float(DAY)
# Room beyond the end of the forecast.
ROOM = 1.15
# Intervals between labels below the axis: dates, or hours if the axis is short.
DATES = (HOUR * 3, HOUR * 6, HOUR * 12, DAY, 2 * DAY, 7 * DAY, 14 * DAY)
TICKS = 9


def charts(each: ResourceCapacity, now: float, zone: str, extra: Effect | None = None) -> str:
    """Both charts as HTML; the one against traffic only if traffic is known.

    Args:
        each: the resource. `now`: epoch seconds. `zone`: IANA name.
        extra: the requested effect, instead of the planned events; None for nothing.
    """
    # Only the requested effect: two on one day would overlap.
    effects = each.effects if extra is None else (extra,)
    highest = max([LIMIT, each.peak, *(min(effect.peak, 2.0) for effect in effects)])
    top = highest * (1.22 if highest <= 1.0 else 1.1)
    by_hour = _ByHour(each, now, zone, effects, top)
    if each.load.relation is Relation.NO_TRAFFIC:
        return f'<div class="gs-capcharts alone">{by_hour.plot().html}</div>'
    return f'<div class="gs-capcharts">{by_hour.plot().html}{against_traffic(each, effects, top, zone, now).html}</div>'


class _ByHour:
    """Hourly use, the trend of its daily peak, the forecast, the limit and planned events.

    Args:
        each: the resource. `now`: epoch seconds. `zone`: IANA name. `effects`: of events. `top`: of the scale.
    """

    def __init__(
        self, each: ResourceCapacity, now: float, zone: str, effects: tuple[Effect, ...], top: float
    ) -> None:  # fmt: skip
        self._each, self._now, self._zone, self._effects = each, now, zone, effects
        outlook = each.outlook
        needed_s = [outlook.late or outlook.seconds or 0.0, *(effect.event.end - now for effect in effects)]
        ahead = min(max(max(needed_s) * ROOM, AHEAD_MIN if outlook.seconds is not None else 7.0 * DAY), float(HORIZON))
        past = min(max(3 * ahead, PAST_MIN), PAST, max(each.days, 1.0) * DAY)
        self._ahead = ahead
        self._scale = Scale(now - past, now + ahead, top)

    def plot(self) -> Plot:
        """The chart."""
        each, scale = self._each, self._scale
        outlook = each.outlook
        what = f"{each.title}: {each.resource} in use, by hour"
        grows = _growth(each, self._now)
        value = ""
        if outlook.seconds is not None:
            # In the colour of its urgency.
            colour = capacity_text.URGENCY[each.urgency].colour
            until = "full now" if outlook.seconds == 0 else f"full in {capacity_text.short(outlook.seconds)}"
            within = f", {capacity_text.interval(outlook)}" if outlook.seconds else ""
            value = f'<span class="v"><b class="gs-{colour}">{until}</b>{within}</span>'
        head = f'<h2>{escape(what)}</h2><span class="m">{grows}</span>{value}'
        layers = [*self._past(), *self._future(), *self._trend(), *self._events()]
        name = f"{what}. {grows}." + ("" if each.held is not None else f" {capacity_text.full(each)}")
        return Plot(
            name, head, layers, list(self._words()), list(self._shapes()), ticks(each, scale.top),
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
        """The expected shape of days, and the interval of the trend."""
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
        """The use during each event."""
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
            # Rounded: a forecast is not exact to the minute.
            full = round((self._now + outlook.seconds) / 600) * 600.0
            at = moments.near(full, self._zone, self._now)
            if outlook.early is not None and outlook.late is not None and outlook.early > 2 * DAY:
                early, late = self._now + outlook.early, self._now + outlook.late
                at += "\n" + moments.days(early, late, self._zone, self._now)
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


def _growth(each: ResourceCapacity, now: float) -> str:
    """How the daily peak grows, in words; `now`: epoch seconds."""
    outlook = each.outlook
    if each.held is not None:
        return capacity_text.rises(each, now)
    if outlook.seconds == 0:
        return "it is full now"
    if each.is_live and outlook.seconds is not None:
        before = falls_text.often(each.rising.falls, now) if each.rising is not None else ""
        return f"rises as the last hours have it{'; ' if before else ''}{before}"
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
    """Dates below the axis, or times if it is short."""
    span = scale.right - scale.left
    step = next((step for step in DATES if span / step <= TICKS), DATES[-1])
    local = ZoneInfo(zone)
    begin = datetime.fromtimestamp(scale.left, local).replace(hour=0, minute=0, second=0, microsecond=0)
    labels = []
    for number in range(int(span / step) + 3 + DAY // step):
        # By the calendar: days on which daylight saving time changes have other lengths.
        at = begin + timedelta(days=number * step // DAY) if step >= DAY else begin + timedelta(seconds=number * step)
        place = scale.x(at.timestamp())
        if 0.0 <= place <= 0.97:
            day = f"{at.day}{units.NBSP}{at:%b}"
            labels.append((place, day if step >= DAY or not at.hour else f"{at:%H:%M}"))
    # A phone shows every second label: days, and not the noons between them.
    days = [number for number, (_, label) in enumerate(labels) if ":" not in label]
    return labels[days[0] :] if days and step >= DAY // 4 else labels
