"""Labels of a burndown: what is left, when it is used up, what took most, and the legend."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from html import escape

import numpy as np

from dashboard.charts.figure import Axis, Figure, note
from dashboard.slo.burndown import Burndown, Episode
from dashboard.slo.projection import Projection
from dashboard.slo.timeline import Line, Stretch

HEIGHT, TOP, BOTTOM, LEFT = 334, 22, 32, 50
# The share of the budget at the upper edge.
CEILING = 1.02
# Pixels right of the last moment for labels, and of a line of text.
ROOM, LINE = 170, 16
# A gap of this share of the axis has room for a word; an episode of this share is a slope and no step.
WIDE, LASTING = 0.1, 0.05
# Within this share of the time that is drawn an episode's label needs the room.
LABELLED = 0.12
# The least depth that is drawn below 0: room to write that it is overspent.
DEPTH = 0.1


@dataclass(frozen=True, slots=True)
class BurndownText:
    """What the figure says in words.

    Attributes:
        share: writes a share of the budget.
        day: writes epoch seconds.
        length: writes seconds.
        mark: what the newest moment is called.
        left: what is left then.
        outcome: when the budget is used up, or recovers, and how sure that is, a line each; empty without a forecast.
    """

    share: Callable[[float | None], str]
    day: Callable[[float], str]
    length: Callable[[float | None], str]
    mark: str
    left: str
    outcome: tuple[str, ...] = ()


def annotations(burndown: Burndown, text: BurndownText, axis: Axis, bottom: float) -> list[Figure]:
    """Everything that is written on the figure, the most important first: what comes later gives way to it.

    Args:
        burndown: what is drawn.
        text: in words.
        axis: the time axis.
        bottom: the lowest share in sight.
    """
    # The largest loss gets its place first.
    by_share = sorted(burndown.episodes, key=lambda episode: -episode.share)
    episodes = [_episode(episode, burndown, text, axis) for episode in by_share]
    return [*_ends(burndown, text), *episodes, *_names(burndown, text, axis, bottom)]


def _ends(burndown: Burndown, text: BurndownText) -> list[Figure]:
    """What is left now, and how the forecast ends."""
    now = _written(burndown.report.at, float(burndown.left.values[-1]), (text.left,), bgcolor="$card")
    if burndown.projection is None or not text.outcome:
        return [now]
    return [now, _written(burndown.projection.at, _above(burndown.projection), text.outcome, bgcolor="$card")]


def _above(projection: Projection) -> float:
    """Where a label at the end of the forecast is clear of its cone."""
    if projection.slow is None:
        return 0.0
    return max(0.0, float(np.interp(projection.at, projection.slow.moments, projection.slow.values)))


def _written(at: float, y: float, lines: Sequence[str], *, colour: str = "$text", **more: object) -> Figure:
    """Lines of text above a place: the first one is the headline.

    Args:
        at: epoch seconds.
        y: share of the budget.
        lines: as they are, not yet escaped.
        colour: a token, of the headline.
        more: further properties of the annotation.
    """
    head, *rest = map(escape, lines)
    below = "".join(f'<span class="gs-more"><br>{line}</span>' for line in rest)
    place = {"xanchor": "left", "yanchor": "bottom", "xshift": 8, "yshift": 3, "lifted": True}
    written = note(at * 1000, y, f'<b style="color:{colour}">{head}</b>{below}')
    return {**written, **place, **more}


def _episode(episode: Episode, burndown: Burndown, text: BurndownText, axis: Axis) -> Figure:
    """−17 %, and below it when and how long; where it lasts long at its start, else at its end."""
    at = episode.start if is_lasting(episode, axis) else episode.end
    curve, report = burndown.left, burndown.report
    known = ~np.isnan(curve.values)
    y = float(np.interp(at, curve.moments[known], curve.values[known]))
    # An episode that reaches the newest rows continues.
    running = report.at - episode.end < max(600.0, 0.002 * (report.at - curve.start))
    day = text.day(episode.start)
    when = f"since {day}" if running else f"{day}, {text.length(episode.end - episode.start)}"
    return _written(at, y, (text.share(-episode.share), when), colour="$amber")


def is_lasting(episode: Episode, axis: Axis) -> bool:
    """It took so long that it is a slope of the curve and no step."""
    return (episode.end - episode.start) * 1000 > LASTING * (axis.end - axis.start)


def _names(burndown: Burndown, text: BurndownText, axis: Axis, bottom: float) -> list[Figure]:
    """What lines and bands are."""
    corner = {"xanchor": "left", "yanchor": "bottom"}
    names = [
        note(burndown.report.at * 1000, 1, text.mark, name="rail", yref="paper", xshift=4, xanchor="left"),
        note(axis.start, bottom, "overspent", xshift=6, yshift=4, colour="$red", **corner),
    ]
    for gap in burndown.gaps:
        names += _band_name(replace(gap, start=max(gap.start, axis.start / 1000)), "no data", axis)
    for span in burndown.maintenance:
        names += _band_name(span, escape(span.reason or "maintenance"), axis)
    return [*names, *_perfect_burn_name(burndown)]


def _band_name(band: Stretch, name: str, axis: Axis) -> list[Figure]:
    if (band.end - band.start) * 1000 < WIDE * (axis.end - axis.start):
        return []
    return [note((band.start + band.end) * 500, 0.5, name, xanchor="center", yanchor="middle", yref="paper")]


def perfect_burn(burndown: Burndown, start: float) -> Line:
    """A burn rate of 1: all of the budget at the window's start, nothing at its end; drawn from `start` on."""
    count, end = len(burndown.left.values), burndown.perfect_burn_end
    full = (end - start) / (end - burndown.report.start)
    return Line(start, (end - start) / (count - 1), np.linspace(full, 0, count))


def _is_labelled(burndown: Burndown, spot: float) -> bool:
    """An episode has its label so near that another word would lie on it."""
    near = LABELLED * (burndown.report.at - burndown.left.start)
    return any(episode.start - near < spot < episode.end + near for episode in burndown.episodes)


def _perfect_burn_name(burndown: Burndown) -> list[Figure]:
    """The name of the perfect burn where the curve is far from it; nothing if it is near everywhere."""
    curve = burndown.left
    even = perfect_burn(burndown, curve.start)
    known = ~np.isnan(curve.values)
    spots = curve.start + (burndown.report.at - curve.start) * np.array([0.35, 0.5, 0.65, 0.8])
    apart = np.interp(spots, curve.moments[known], curve.values[known]) - np.interp(spots, even.moments, even.values)
    apart[[_is_labelled(burndown, spot) for spot in spots]] = 0.0
    best = int(np.argmax(np.abs(apart)))
    if abs(apart[best]) < 0.06:
        return []
    y = float(np.interp(spots[best], even.moments, even.values))
    # Off the curve, on the side where it does not run.
    below = apart[best] > 0 and y > DEPTH
    side = {"xanchor": "right", "yanchor": "top"} if below else {"xanchor": "left", "yanchor": "bottom"}
    return [note(float(spots[best]) * 1000, y, "perfect burn, 1×", **side)]
