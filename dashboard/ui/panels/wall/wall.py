"""The wall as one piece of HTML per snapshot, built once for all viewers."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from itertools import groupby
from zoneinfo import ZoneInfo

from dashboard.engine.health import Health
from dashboard.engine.snapshot import ServiceReport, Snapshot
from dashboard.engine.source_status import SourceState
from dashboard.ui import attention
from dashboard.ui.panels.wall import wall_cells, wall_choice, wall_plan
from dashboard.ui.panels.wall.wall_choice import WallChoice
from dashboard.ui.panels.wall.wall_plan import WallPlan
from dashboard.ui.panels.wall.wall_tiles import cached_tile
from dashboard.ui.shared_cache import SharedCache
from dashboard.ui.text import source_text, units, wall_text
from dashboard.ui.theme import alive, count

EVERYTHING = WallChoice()
# Shares of the screen's height in percent: tiles above cells, a line of rows, a line of rows without reasons.
TILES_HEIGHT, ROW_HEIGHT, SHORT_HEIGHT = 25.0, 6.6, 4.0
# Above cells up to this many pinned services are tiles; up to this many are rows; with more services than the third
# number to name there are fewer rows. Beyond, rows have no reasons.
TILES_OVER_CELLS, ROWS_OVER_CELLS, UNCROWDED, ROWS_OVER_MANY = 5, 12, 180, 6
# Maximum number of tiles, rows and short rows side by side.
MOST_ACROSS = 4
ROWS_ACROSS, SHORT_ACROSS = 3, 4

# Services change with the data, the head every second.
_bodies = SharedCache[str]()
_walls = SharedCache[str]()


def wall(snapshot: Snapshot, now: float, *, kiosk: bool, choice: WallChoice = EVERYTHING, turn: int = 0) -> str:
    """The current wall, built once for all viewers with the same choice.

    Args:
        snapshot: shown.
        now: epoch seconds.
        kiosk: it fills the screen, without the navigation.
        choice: of the viewer.
        turn: how often the pages of the kiosk have turned.
    """
    services = wall_choice.matching(snapshot.services, choice)
    believed = snapshot.source.state is SourceState.OK
    placed = wall_plan.plan(services, choice, kiosk=kiosk, believed=believed, turn=turn)
    key = (kiosk, choice, placed.page, snapshot.time_zone)
    return _walls.of(
        key, (snapshot, attention.people(snapshot), int(now)), lambda: _wall(snapshot, now, services, placed, key)
    )


def _wall(
    snapshot: Snapshot,
    now: float,
    services: Sequence[ServiceReport],
    placed: WallPlan,
    key: tuple[bool, WallChoice, int, str],
) -> str:
    kiosk, choice, *_ = key
    # The services are rendered once per refresh, the head every second.
    # Assignees are shown on the tiles.
    data = snapshot, attention.people(snapshot)
    body = _bodies.of(key, data, lambda: _body(snapshot, services, placed, kiosk=kiosk, choice=choice))
    head = _header(snapshot, now, services, placed, choice)
    problem = f'<div class="gs-banner gs-amber"><b>▲</b> {escape(choice.problem)}</div>' if choice.problem else ""
    living, full = alive(snapshot, now), " gs-full" if kiosk else ""
    return f'<div class="gs-wall{full}">{head}{banner(snapshot, now)}{problem}{body}{living}</div>'


def _header(
    snapshot: Snapshot, now: float, services: Sequence[ServiceReport], placed: WallPlan, choice: WallChoice
) -> str:
    """Title, number of services by health, what is left out, the clock and the data age."""
    healths = Counter(report.health for report in services)
    counts = "".join(count(health, healths[health]) for health in Health)
    clock = datetime.fromtimestamp(now, ZoneInfo(snapshot.time_zone))
    age = snapshot.source.age(now)
    since = "" if age is None else f' data-age="{age:.0f}"'
    return (
        f'<div class="gs-head"><h1>{escape(snapshot.title)}</h1>{counts}'
        f'<span class="page">{escape(_notes(snapshot, services, placed, choice))}</span>'
        f'<span class="clock"><b data-clock="{now:.0f}" data-zone="{escape(snapshot.time_zone)}">{clock:%H:%M}</b> '
        f"{escape(clock.tzname() or '')} · <span{since}>{units.age(age)}</span></span></div>"
    )


def _notes(snapshot: Snapshot, services: Sequence[ServiceReport], placed: WallPlan, choice: WallChoice) -> str:
    """What is not visible now, in words."""
    notes = [] if placed.is_compact else [wall_text.page(placed.page, placed.pages, placed.team)]
    if placed.surplus:
        notes.insert(0, wall_text.surplus(placed.surplus))
    if choice.narrows:
        shown, every = set(map(id, services)), snapshot.services
        hidden = sum(id(report) not in shown and report.health is not Health.HEALTHY for report in every)
        narrowed = wall_text.narrowed(len(services), len(every), choice.teams, choice.tiers, choice.find)
        notes += [narrowed, wall_text.elsewhere(hidden)]
    return " · ".join(filter(None, notes))


def banner(snapshot: Snapshot, now: float) -> str:
    """Problems or progress of the source, as HTML; empty if all is well."""
    text = source_text.banner(snapshot, now)
    if text is None:
        return ""
    word = f"<b>{escape(text.word)}</b> " if text.word else ""
    return f'<div class="gs-banner gs-{text.colour}">{word}{escape(text.sentence)}</div>'


def _empty(snapshot: Snapshot) -> str:
    if snapshot.services:
        return f'<div class="gs-empty">{wall_text.nothing_matches(len(snapshot.services))}</div>'
    lines = "<br>".join(escape(line) for line in source_text.no_service(snapshot.source))
    return f'<div class="gs-empty">{lines}</div>'


def _body(
    snapshot: Snapshot, services: Sequence[ServiceReport], placed: WallPlan, *, kiosk: bool, choice: WallChoice
) -> str:
    """Pinned services, those of this page, and cells."""
    if not services:
        return _empty(snapshot)
    draw = _Drawing(snapshot, None if kiosk else choice.favourites)
    if placed.is_compact:
        return draw.compact(services, placed)
    rest = wall_cells.cells(placed.cells, 0.0, attention.people(snapshot)) if placed.cells else ""
    # In the kiosk the head names the team of a page.
    heads = choice.by_team and not kiosk
    if not (placed.as_rows or heads):
        return draw.grid((*placed.pinned, *placed.tiles), len(placed.pinned) + placed.places) + rest
    if placed.as_rows:
        pinned = draw.rows(placed.pinned, look="fill" if placed.more_rows else "" if placed.tiles else "alone")
    else:
        pinned = draw.grid(placed.pinned)
    if placed.more_rows:
        return f"{pinned}{draw.rows(placed.tiles, look='short fill')}"
    tiles = draw.teams(placed.tiles, placed.places) if heads else draw.grid(placed.tiles, placed.places, narrow=True)
    return f"{pinned}{tiles}{rest}"


@dataclass(frozen=True, slots=True)
class _Drawing:
    """Draws services of a snapshot as HTML.

    Attributes:
        snapshot: shown.
        favourites: names of services whose star is filled; None without stars.
    """

    snapshot: Snapshot
    favourites: tuple[str, ...] | None

    def service(self, report: ServiceReport, *, as_row: bool = False) -> str:
        """A tile or a row, with the star that pins it."""
        drawn = cached_tile(self.snapshot, report, as_row=as_row)
        if self.favourites is None:
            return drawn
        on = report.name in self.favourites
        name, title = escape(report.name), escape(report.title)
        pressed = f'aria-pressed="{"true" if on else "false"}"'
        label = f'title="Favourite: always on the screen (f)" aria-label="Favourite {title}"'
        look, mark = ("gs-star on", "★") if on else ("gs-star", "☆")
        star = f'<button class="{look}" data-fav="{name}" {pressed} {label}>{mark}</button>'
        return f'<div class="gs-slot" data-key="{name}">{drawn}{star}</div>'

    def rows(self, services: Sequence[ServiceReport], *, look: str = "") -> str:
        """Services as rows; `look`: `alone` on the screen, `short`, without reasons, or `fill`: as high as possible."""
        rows = "".join(self.service(report, as_row=True) for report in services)
        lines = -(-len(services) // (SHORT_ACROSS if "short" in look else ROWS_ACROSS))
        return f'<div class="gs-rows {look}" style="--lines:{lines}">{rows}</div>'

    def grid(self, services: Sequence[ServiceReport], places: int = 0, *, narrow: bool = False) -> str:
        """The tiles in as many columns as fit this number of places, or all of them; empty without services.

        Args:
            services: on this page. `places`: number on the fullest page.
            narrow: as many columns as possible, since rows take the height.
        """
        if not services:
            return ""
        number = max(places, len(services))
        columns = min(number, MOST_ACROSS) if narrow else wall_plan.columns(number)
        tiles = "".join(self.service(report) for report in services)
        return f'<div class="gs-grid c{columns} r{-(-number // columns)}">{tiles}</div>'

    def teams(self, services: Sequence[ServiceReport], places: int) -> str:
        """Tiles of each team below its head."""
        teams = [(team, tuple(reports)) for team, reports in groupby(services, key=wall_choice.team_of)]
        return "".join(
            f'<h2 class="gs-team">{escape(team)} <small>{len(reports)}</small></h2>{self.grid(reports, places)}'
            for team, reports in teams
        )

    def compact(self, services: Sequence[ServiceReport], placed: WallPlan) -> str:
        """Cells, with pinned services above."""
        pinned, height = self._over_cells(placed.pinned, len(services))
        unhealthy = sum(report.health is not Health.HEALTHY for report in services)
        summary = wall_text.summary(len(services), len(wall_choice.teams_of(services)), unhealthy)
        also = wall_text.also([report.title for report in placed.tiles], placed.page, placed.pages)
        explained = wall_text.LEGEND if len(services) <= wall_cells.NAMED else wall_text.LEGEND_OF_MARKS
        caption = f"<b>{escape(summary)}</b> {escape(also)}"
        legend = f'<div class="gs-caption"><span>{caption}</span><span>{escape(explained)}</span></div>'
        drawn = wall_cells.cells(services, height, attention.people(self.snapshot))
        return f"{pinned}{legend}{drawn}"

    def _over_cells(self, pinned: Sequence[ServiceReport], services: int) -> tuple[str, float]:
        """Pinned services above cells of this number of services, and their share of the screen's height (percent)."""
        if not pinned:
            return "", 0.0
        crowded = services > UNCROWDED
        if len(pinned) <= TILES_OVER_CELLS and not crowded:
            tiles = "".join(self.service(report) for report in pinned)
            return f'<div class="gs-pins" style="--wide:{len(pinned)}">{tiles}</div>', TILES_HEIGHT
        if len(pinned) <= (ROWS_OVER_MANY if crowded else ROWS_OVER_CELLS):
            return self.rows(pinned), -(-len(pinned) // ROWS_ACROSS) * ROW_HEIGHT
        return self.rows(pinned, look="short"), -(-len(pinned) // SHORT_ACROSS) * SHORT_HEIGHT
