"""Use against traffic: the hours, the fitted line, now, the busiest hour, and the load at the limit."""

import math
from html import escape

import numpy as np

from dashboard.capacity.capacity import ResourceCapacity
from dashboard.capacity.outlook import LIMIT
from dashboard.capacity.planned import Effect
from dashboard.charts.capacity_plot import Layer, Plot, Scale, Word, box, dots, line
from dashboard.charts.figure import plain, ticks_to
from dashboard.ui.text import capacity_text, moments, units


def ticks(each: ResourceCapacity, top: float) -> list[tuple[float, str]]:
    """Ticks of the use up to the top of a scale: positions, as shares of the height, and texts."""
    # Round numbers in GiB and TiB differ from those in bytes.
    unit = capacity_text.tick_unit(each)
    scale = (each.limit or 1.0) / unit
    _, values = ticks_to(top * scale * 0.92)
    return [(value / scale / top, _tick(value / scale, each)) for value in values if value / scale <= top]


def _tick(share: float, each: ResourceCapacity) -> str:
    if each.limit is None:
        return f"{share * 100:.0f}{units.NBSP}%"
    text = capacity_text.amount(share, each)
    return "0" if share == 0 else text


def against_traffic(
    each: ResourceCapacity, effects: tuple[Effect, ...], top: float, zone: str, now: float
) -> Plot:  # fmt: skip
    """The chart.

    Args:
        each: the resource. `effects`: of events. `top`: of the scale of use. `zone`: IANA name. `now`: epoch seconds.
    """
    load, traffic = each.load, each.traffic.astype(float)
    known = np.isfinite(traffic) & np.isfinite(each.use)
    busiest = max([*(traffic[known].tolist() or [1.0]), load.high or 0.0, *(effect.traffic for effect in effects)])
    right, marks = ticks_to(min(busiest, 4 * (load.full or busiest)))
    scale = Scale(0.0, right, top)
    value = ""
    if load.full and load.low is not None and load.high is not None:
        within = units.between(capacity_text.rate(load.low), capacity_text.rate(load.high))
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
    # As many ticks as fit.
    return Plot(name, head, layers, words, shapes, ticks(each, top), times[:: 1 + len(times) // 5], "load")


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
    """Traffic and use of the busiest hour; None if it is close to now, or use does not follow traffic."""
    known = np.isfinite(each.traffic) & np.isfinite(each.use)
    if each.load.full is None or not known.any():
        return None
    place = int(np.where(known, each.traffic, -np.inf).argmax())
    traffic, use = float(each.traffic[place]), float(each.use[place])
    # Their labels would overlap.
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
    lines = f"9 times in 10\n{units.between(capacity_text.rate(load.low), capacity_text.rate(load.high))}"
    if each.traffic_peak:
        lines += f"\n{load.full / each.traffic_peak:.2f}× of the peak"
    place = scale.x(load.full)
    side = "left" if place > 0.62 else "right"
    return [*words, Word(place, 0.30, lines, f"beside {side} third nine")]
