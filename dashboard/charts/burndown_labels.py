"""Labels of a burndown: remaining budget, its end, the largest losses, and the legend."""

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
# Pixels to the right of the last time for labels, and height of a line of text.
ROOM, LINE = 170, 16
# From this share of the axis on a gap has a label; from this one on an episode is a slope and not a step.
WIDE, LASTING = 0.1, 0.05
# Within this share of the axis the label of an episode needs the room.
LABELLED = 0.12
# Minimum depth below 0, as room for the word "overspent".
DEPTH = 0.1


@dataclass(frozen=True, slots=True)
class BurndownText:
    """The texts of the figure.

    Attributes:
        share: formats a share of the budget.
        day: formats epoch seconds.
        length: formats seconds.
        mark: the label of the newest time.
        left: the remaining budget at that time.
        outcome: when the budget is exhausted, or recovers, and the uncertainty, a line each; empty without a forecast.
    """

    share: Callable[[float | None], str]
    day: Callable[[float], str]
    length: Callable[[float | None], str]
    mark: str
    left: str
    outcome: tuple[str, ...] = ()


def annotations(burndown: Burndown, text: BurndownText, axis: Axis, bottom: float) -> list[Figure]:
    """All labels of the figure, most important first: later ones give way to earlier ones.

    Args:
        burndown: to label.
        text: the texts.
        axis: the time axis.
        bottom: the lowest visible share.
    """
    # The largest loss is placed first.
    by_share = sorted(burndown.episodes, key=lambda episode: -episode.share)
    episodes = [_episode(episode, burndown, text, axis) for episode in by_share]
    return [*_ends(burndown, text), *episodes, *_names(burndown, text, axis, bottom)]


def _ends(burndown: Burndown, text: BurndownText) -> list[Figure]:
    """The remaining budget now, and the end of the forecast."""
    now = _written(burndown.report.at, float(burndown.left.values[-1]), (text.left,), bgcolor="$card")
    if burndown.projection is None or not text.outcome:
        return [now]
    return [now, _written(burndown.projection.at, _above(burndown.projection), text.outcome, bgcolor="$card")]


def _above(projection: Projection) -> float:
    """The position of a label at the end of the forecast, clear of its cone."""
    if projection.slow is None:
        return 0.0
    return max(0.0, float(np.interp(projection.at, projection.slow.moments, projection.slow.values)))


def _written(at: float, y: float, lines: Sequence[str], *, colour: str = "$text", **more: object) -> Figure:
    """Lines of text above a point: the first one is the headline.

    Args:
        at: epoch seconds.
        y: share of the budget.
        lines: not escaped yet.
        colour: a token, for the headline.
        more: further properties of the annotation.
    """
    head, *rest = map(escape, lines)
    below = "".join(f'<span class="gs-more"><br>{line}</span>' for line in rest)
    place = {"xanchor": "left", "yanchor": "bottom", "xshift": 8, "yshift": 3, "lifted": True}
    written = note(at * 1000, y, f'<b style="color:{colour}">{head}</b>{below}')
    return {**written, **place, **more}


def _episode(episode: Episode, burndown: Burndown, text: BurndownText, axis: Axis) -> Figure:
    """−17 %, and below it when and how long; a long episode is labelled at its start, others at their end."""
    at = episode.start if is_lasting(episode, axis) else episode.end
    curve, report = burndown.left, burndown.report
    known = ~np.isnan(curve.values)
    y = float(np.interp(at, curve.moments[known], curve.values[known]))
    # An episode that reaches the newest rows is still in progress.
    running = report.at - episode.end < max(600.0, 0.002 * (report.at - curve.start))
    day = text.day(episode.start)
    when = f"since {day}" if running else f"{day}, {text.length(episode.end - episode.start)}"
    return _written(at, y, (text.share(-episode.share), when), colour="$amber")


def is_lasting(episode: Episode, axis: Axis) -> bool:
    """Whether it lasted so long that it is a slope of the curve and not a step."""
    return (episode.end - episode.start) * 1000 > LASTING * (axis.end - axis.start)


def _names(burndown: Burndown, text: BurndownText, axis: Axis, bottom: float) -> list[Figure]:
    """Labels of lines and bands."""
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
    """A burn rate of 1: the whole budget at the window's start, nothing at its end; drawn from `start` on."""
    count, end = len(burndown.left.values), burndown.perfect_burn_end
    full = (end - start) / (end - burndown.report.start)
    return Line(start, (end - start) / (count - 1), np.linspace(full, 0, count))


def _is_labelled(burndown: Burndown, spot: float) -> bool:
    """Whether the label of an episode is so near that another one would overlap it."""
    near = LABELLED * (burndown.report.at - burndown.left.start)
    return any(episode.start - near < spot < episode.end + near for episode in burndown.episodes)


def _perfect_burn_name(burndown: Burndown) -> list[Figure]:
    """The label of the perfect burn where the curve is far from it; empty if it is close everywhere."""
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
    # On the side of the line where the curve is not.
    below = apart[best] > 0 and y > DEPTH
    side = {"xanchor": "right", "yanchor": "top"} if below else {"xanchor": "left", "yanchor": "bottom"}
    return [note(float(spots[best]) * 1000, y, "perfect burn, 1×", **side)]
