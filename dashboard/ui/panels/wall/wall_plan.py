"""What stands where on the wall: what is always on the screen, what takes turns, and what shrinks to a cell."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.engine.health import Health
from dashboard.engine.snapshot import ServiceReport
from dashboard.ui.panels.wall.wall_choice import WallChoice, team_of

# This many tiles are legible from four metres on a full HD screen.
TILES = 12
# This many services at most are always on the screen: as tiles up to the smaller number, beyond as rows.
PINNED, PINNED_TILES = 24, 8
# Tiles beside rows in the kiosk: above the first number of rows there is room for one line of tiles only.
FEW_ROWS, BESIDE_FEW_ROWS, BESIDE_ROWS = 15, 8, 4
# Rows that take turns beside those that are pinned.
MORE_ROWS = 24
# Where the page scrolls: tiles beside what is pinned, the rest being cells. Of many services fewer: each weighs as much
# as fifty cells.
SCROLLED_TILES, SCROLLED_TILES_OF_MANY = 24, 4
# Over cells, this many of those that are not healthy and not pinned are named at once.
NAMED_AT_ONCE = 6
# From this many services on the wall is compact unless the address says otherwise.
COMPACT_FROM = 61


@dataclass(frozen=True, slots=True)
class WallPlan:
    """The places of one page of the wall.

    Attributes:
        pinned: services that are on every page, most urgent first. `as_rows`: not as tiles.
        surplus: how many more are not healthy: they take turns before all others.
        tiles: services of this page. `places`: as many as the fullest page has: no tile grows when a page turns.
        page, pages: which page of how many. `team`: that all of its services are of; empty if it is not cut by team.
        more_rows: they are rows, too: of those that are not healthy, but too many to be pinned.
        cells: services that are one cell each, in the order of urgency.
        is_compact: cells lead, and each service has one; the tiles are those of the surplus that are named now.
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
    """The places of services.

    Args:
        services: those that match the choice, most urgent first.
        choice: what the viewer chose.
        kiosk: pages turn; otherwise all is on one that scrolls.
        believed: the source is fine; while it is not, "no data" tells nothing of one service beside the others.
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
    """Whether each of this many services is a cell."""
    return choice.view == "compact" or (not choice.view and services >= COMPACT_FROM)


def _scrolled(
    pinned: tuple[ServiceReport, ...],
    rest: Sequence[ServiceReport],
    choice: WallChoice,
    *,
    as_rows: bool,
    surplus: int,
) -> WallPlan:
    """All on one page: tiles first, and a cell for each of the others.

    Args:
        pinned: services that come first. `as_rows`: not as tiles.
        rest: the others, most urgent first.
        choice: what the viewer chose.
        surplus: how many of the others are not healthy.
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
    """One stretch of services, or one for each team."""
    if not choice.by_team:
        return [list(services)]
    ordered = sorted(services, key=lambda report: team_of(report).casefold())
    return [list(team) for _, team in itertools.groupby(ordered, key=team_of)]


def turning(stretches: Sequence[Sequence[ServiceReport]], room: int) -> list[Sequence[ServiceReport]]:
    """Pages of as many services as have room, each stretch over pages that differ by one at most; one page at least.

    Args:
        stretches: services that do not share a page with those of another one.
        room: services that a page holds.
    """
    pages: list[Sequence[ServiceReport]] = []
    for stretch in stretches:
        number = -(-len(stretch) // room)
        edges = [len(stretch) * page // number for page in range(number + 1)] if number else []
        pages += [stretch[begin:end] for begin, end in itertools.pairwise(edges)]
    return pages or [()]


def columns(number: int) -> int:
    """How many tiles stand side by side."""
    # Twelve tiles fit a screen as four by three, fewer of them grow.
    if number <= 1:
        return 1
    if number in (2, 4):
        return 2
    return 3 if number in (3, 5, 6, 9) else 4
