"""The layout of the wall: which services are always visible, take turns, or become cells."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.engine.health import Health
from dashboard.engine.snapshot import ServiceReport
from dashboard.ui.panels.wall.wall_choice import WallChoice, team_of

# Number of tiles that are legible from four metres on a full HD screen.
TILES = 12
# Maximum number of pinned services, and up to which number they are tiles and not rows.
PINNED, PINNED_TILES = 24, 8
# Tiles beside rows in the kiosk: above the first number of rows there is room for one line of tiles only.
FEW_ROWS, BESIDE_FEW_ROWS, BESIDE_ROWS = 15, 8, 4
# Rows that take turns beside pinned ones.
MORE_ROWS = 24
# On a scrolling page: tiles beside pinned services, the rest are cells. Fewer with many services: a tile weighs as
# much as fifty cells.
SCROLLED_TILES, SCROLLED_TILES_OF_MANY = 24, 4
# Above cells, the number of unhealthy services without a pin that are named at once.
NAMED_AT_ONCE = 6
# From this number of services on the wall is compact unless the address says otherwise.
COMPACT_FROM = 61


@dataclass(frozen=True, slots=True)
class WallPlan:
    """The layout of one page of the wall.

    Attributes:
        pinned: services on every page, most urgent first. `as_rows`: instead of tiles.
        surplus: number of further unhealthy services: they take turns before all others.
        tiles: services of this page. `places`: number on the fullest page, so that no tile grows when a page turns.
        page, pages: number of this page, and of all. `team`: of all its services; empty if pages are not by team.
        more_rows: unhealthy services as rows, too many to be pinned.
        cells: services as cells, in order of urgency.
        is_compact: cells for all services come first; tiles are those of the surplus that are named now.
    """

    pinned: tuple[ServiceReport, ...]
    as_rows: bool = False
    surplus: int = 0
    tiles: tuple[ServiceReport, ...] = ()
    places: int = 0
    page: int = 0
    pages: int = 1
    team: str = ""
    more_rows: bool = False
    cells: tuple[ServiceReport, ...] = ()
    is_compact: bool = False


def plan(
    services: Sequence[ServiceReport], choice: WallChoice, *, kiosk: bool, believed: bool = True, turn: int = 0
) -> WallPlan:
    """Plan the layout.

    Args:
        services: that match the choice, most urgent first.
        choice: of the viewer.
        kiosk: pages turn; otherwise everything is on one scrolling page.
        believed: the source is fine; otherwise "no data" does not distinguish a service from others.
        turn: how often pages have turned.
    """
    calm = {Health.HEALTHY} if believed else {Health.HEALTHY, Health.UNKNOWN}
    urgent = [report for report in services if report.health not in calm]
    favourites = [report for report in services if report.name in choice.favourites and report.health in calm]
    pinned = tuple([*urgent, *favourites][:PINNED])
    kept = set(map(id, pinned))
    rest = [report for report in services if id(report) not in kept]
    surplus = max(len(urgent) - PINNED, 0)
    if is_compact(len(services), choice):
        pages = turning([urgent[PINNED:]], NAMED_AT_ONCE)
        page = turn % len(pages)
        return WallPlan(
            pinned, False, surplus, tuple(pages[page]), 0, page, len(pages), cells=tuple(services), is_compact=True
        )
    if len(services) <= TILES:
        return WallPlan(pinned, tiles=tuple(itertools.chain(*_by_team(rest, choice))), places=len(rest))
    as_rows = len(pinned) > PINNED_TILES
    if not kiosk:
        return _scrolled(pinned, rest, choice, as_rows=as_rows, surplus=surplus)
    urgent_pages = turning([rest[:surplus]], MORE_ROWS)
    calm_pages = turning(_by_team(rest[surplus:], choice), _room(len(pinned), as_rows=as_rows))
    pages = [page for page in (*urgent_pages, *calm_pages) if page] or [()]
    page = turn % len(pages)
    more_rows = bool(surplus) and page < len(urgent_pages)
    team = team_of(pages[page][0]) if choice.by_team and pages[page] and not more_rows else ""
    places = max(map(len, calm_pages))
    return WallPlan(pinned, as_rows, surplus, tuple(pages[page]), places, page, len(pages), team, more_rows=more_rows)


def is_compact(services: int, choice: WallChoice) -> bool:
    """Whether each of this number of services is a cell."""
    return choice.view == "compact" or (not choice.view and services >= COMPACT_FROM)


def _scrolled(
    pinned: tuple[ServiceReport, ...],
    rest: Sequence[ServiceReport],
    choice: WallChoice,
    *,
    as_rows: bool,
    surplus: int,
) -> WallPlan:
    """Everything on one page: tiles first, and a cell for each of the others.

    Args:
        pinned: services that come first. `as_rows`: instead of tiles.
        rest: the others, most urgent first.
        choice: of the viewer.
        surplus: number of unhealthy ones among the others.
    """
    tiles = SCROLLED_TILES_OF_MANY if len(pinned) + len(rest) >= COMPACT_FROM else SCROLLED_TILES
    room = tiles if as_rows else max(tiles - len(pinned), 0)
    shown = tuple(itertools.chain(*_by_team(rest[:room], choice)))
    return WallPlan(pinned, as_rows, surplus, shown, len(shown), cells=tuple(rest[room:]))


def _room(pinned: int, *, as_rows: bool) -> int:
    if not as_rows:
        return TILES - pinned
    return BESIDE_FEW_ROWS if pinned <= FEW_ROWS else BESIDE_ROWS


def _by_team(services: Sequence[ServiceReport], choice: WallChoice) -> list[list[ServiceReport]]:
    """All services, or a group for each team."""
    if not choice.by_team:
        return [list(services)]
    ordered = sorted(services, key=lambda report: team_of(report).casefold())
    return [list(team) for _, team in itertools.groupby(ordered, key=team_of)]


def turning(stretches: Sequence[Sequence[ServiceReport]], room: int) -> list[Sequence[ServiceReport]]:
    """Pages with up to `room` services; pages of a group differ by at most one service; at least one page.

    Args:
        stretches: groups of services that do not share a page.
        room: maximum number of services on a page.
    """
    pages: list[Sequence[ServiceReport]] = []
    for stretch in stretches:
        number = -(-len(stretch) // room)
        edges = [len(stretch) * page // number for page in range(number + 1)] if number else []
        pages += [stretch[begin:end] for begin, end in itertools.pairwise(edges)]
    return pages or [()]


def columns(number: int) -> int:
    """The number of tiles side by side."""
    # Twelve tiles fit a screen as four by three; fewer are larger.
    if number <= 1:
        return 1
    if number in (2, 4):
        return 2
    return 3 if number in (3, 5, 6, 9) else 4
