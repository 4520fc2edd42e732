"""Services as cells, by team: a line with its name for each or, if there are many, a mark."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

from dashboard.engine.health import Health
from dashboard.engine.snapshot import ServiceReport
from dashboard.slo.report import State
from dashboard.ui.panels.wall import wall_columns
from dashboard.ui.panels.wall.wall_choice import team_of, teams_of
from dashboard.ui.panels.wall.wall_columns import Piece
from dashboard.ui.panels.wall.wall_minis import allowed_errors, emphasis
from dashboard.ui.panels.wall.wall_tiles import link, worst
from dashboard.ui.text import units, wall_text
from dashboard.ui.text.status_text import status
from dashboard.ui.text.triage.triage_entry_text import AS_GIVEN

# Up to this number of services have visible names; beyond, names appear on hover or focus.
NAMED = 240
# More cells would be too small to see, and more letters too much to send: other healthy services are counted.
MOST, HEAVIEST = 1200, 100_000
# Letters of a cell in addition to its name in an address and on the page.
CELL_WEIGHT = 52
# Names longer than this are cut in the middle, before the last letters (second number).
LETTERS, TAIL = 16, 7
# As shares of the kiosk's height: its width at 16:9, the widest column with names, one line, the part above cells.
WIDTH, COLUMN, LINE, ABOVE = 175.0, 29.0, 2.3, 13.0
# Minimum height of a line: teams that do not fit are shown together, since their heads take room.
LOWEST = 2.05
# Columns with fewer lines than this are avoided, so that the screen is used.
SHORT = 12
# Sizes of a cell without a name, largest first.
EDGES = (6.0, 5.0, 4.5, 4.0, 3.6, 3.2, 2.9, 2.6)
MOST_COLUMNS = 8
UNITS = "<small>left</small><small>p95 ms</small><small>err %</small>"
ORDER = {health: rank for rank, health in enumerate(Health)}
NOBODY: Mapping[str, str] = {}


class Team(NamedTuple):
    """A team: its services in order of urgency, the number of healthy ones not shown, and assignees by service."""

    name: str
    services: list[ServiceReport]
    uncounted: int = 0
    attended: Mapping[str, str] = NOBODY


def cells(services: Sequence[ServiceReport], taken: float, attended: Mapping[str, str] = NOBODY) -> str:
    """Cells of services as HTML.

    Args:
        services: at least one.
        taken: the share of the screen's height above them, in percent.
        attended: assignees, as given, by the name of a service.
    """
    teams = _teams(services, attended)
    height = 100.0 - ABOVE - taken
    return _named(teams, height) if len(services) <= NAMED else _unnamed(teams, height)


def _teams(services: Sequence[ServiceReport], attended: Mapping[str, str]) -> list[Team]:
    by_team: dict[str, list[ServiceReport]] = {team: [] for team in teams_of(services)}
    left = dict.fromkeys(by_team, 0)
    ordered = sorted(services, key=lambda report: (ORDER[report.health], report.title.casefold()))
    weight = 0
    for place, report in enumerate(ordered):
        weight += CELL_WEIGHT + len(report.name) + len(report.title)
        # Without room for all, the most urgent ones are shown.
        if report.health is not Health.HEALTHY or (place < MOST and weight <= HEAVIEST):
            by_team[team_of(report)].append(report)
        else:
            left[team_of(report)] += 1
    return [Team(name, reports, left[name], attended) for name, reports in by_team.items()]


def _together(teams: Sequence[Team]) -> list[Team]:
    """All teams as one, to save the room of their heads."""
    services = sorted((report for team in teams for report in team.services), key=lambda report: ORDER[report.health])
    uncounted = sum(team.uncounted for team in teams)
    return [Team(wall_text.teams(len(teams)), services, uncounted, teams[0].attended)]


def _named(teams: Sequence[Team], height: float) -> str:
    """A line for each service, in columns.

    Args:
        teams: with all their services. `height`: available, in percent of the screen's.
    """
    lines = sum(wall_columns.HEAD + len(team.services) for team in teams)
    if len(teams) > 1 and lines * LOWEST > height * MOST_COLUMNS:
        return _named(_together(teams), height)
    # As many columns as needed, and as many as are wide enough, as long as none gets too short.
    needed, roomy = math.ceil(lines * LINE / height), min(int(WIDTH // COLUMN), math.ceil(lines / SHORT))
    pieces = wall_columns.cut([len(team.services) for team in teams], min(max(needed, roomy, 1), MOST_COLUMNS))
    columns = [
        "".join(_head(teams[piece.team], piece, UNITS) + _lines(teams[piece.team], piece) for piece in column)
        for column in pieces
    ]
    return _drawn("gs-lines", columns, wall_columns.height(pieces))


def _unnamed(teams: Sequence[Team], height: float) -> str:
    """A mark for each service, as many side by side as allow the largest size that fits.

    Args:
        teams: with their services. `height`: available, in percent of the screen's.
    """
    layouts = ((edge, columns) for edge in EDGES for columns in range(1, MOST_COLUMNS + 1))
    across, pieces = 1, list[list[Piece]]()
    for edge, columns in layouts:
        across = max(int((WIDTH / columns - 1) // edge), 1)
        pieces = wall_columns.cut([math.ceil(len(team.services) / across) for team in teams], columns)
        if wall_columns.height(pieces) * edge <= height:
            break
    else:
        if len(teams) > 1:
            return _unnamed(_together(teams), height)
    columns_drawn = ["".join(_marked(teams[piece.team], piece, across) for piece in column) for column in pieces]
    return _drawn("gs-marks", columns_drawn, wall_columns.height(pieces), across)


def _drawn(name: str, columns: Sequence[str], lines: int, across: int = 1) -> str:
    """Columns as HTML.

    Args:
        name: CSS class. `columns`: the HTML of each.
        lines: of the highest column. `across`: cells side by side in one.
    """
    body = "".join(f'<div class="col">{column}</div>' for column in columns)
    style = f"--wide:{len(columns)};--lines:{lines};--across:{across}"
    return f'<div class="gs-cells {name}" style="{style}">{body}</div>'


def _head(team: Team, piece: Piece, units_of_columns: str = "") -> str:
    """The head of a piece of a team; without counts if it is a continuation."""
    name = f"<b>{escape(team.name)}</b>"
    if piece.begin:
        return f'<h2 class="cont"><span>{name} <small>cont.</small></span>{units_of_columns}</h2>'
    healths = Counter(report.health for report in team.services)
    counts = "".join(
        _count(health, number) for health, number in sorted(healths.items(), key=lambda row: ORDER[row[0]])
    )
    number = len(team.services) + team.uncounted
    more = f" · {team.uncounted} healthy not shown" if team.uncounted else ""
    return f"<h2><span>{name} <small>{number}{more}</small>{counts}</span>{units_of_columns}</h2>"


def _count(health: Health, number: int) -> str:
    """The number of a team's services in a health; without the word, which the head of the wall has."""
    shown = status(health)
    if health is Health.HEALTHY:
        return ""
    return f'<em class="gs-{shown.colour}" title="{number} {shown.word}">{shown.mark} {number}</em>'


def _lines(team: Team, piece: Piece) -> str:
    shown = team.services[piece.begin : piece.end]
    return "".join(_line(report, team.attended.get(report.name, "")) for report in shown)


def _line(report: ServiceReport, person: str) -> str:
    """Mark, name, remaining budget, latency in ms and errors in percent; `person`: assignee, empty for nobody."""
    slo, current, allowed = worst(report), report.current, allowed_errors(report)
    left = None if slo is None or slo.state is State.NO_DATA else slo.judged_remaining
    budget = '<u class="none"></u>' if left is None else f'<u style="--w:{max(0.0, min(1.0, left)):.0%}"></u>'
    p95, server = current.latency.get("0.95"), current.errors.get("server")
    slow, failing = emphasis(report, p95, report.info.threshold), emphasis(report, server, allowed)
    numbers = f'<b class="{slow}">{_milliseconds(p95)}</b><b class="{failing}">{_percent(server)}</b>'
    return f"<a {_look(report, person)}><i></i>{_name(report, person)}{budget}{numbers}</a>"


def _marked(team: Team, piece: Piece, across: int) -> str:
    shown = team.services[piece.begin * across : piece.end * across]
    marks = "".join(_mark(report, team.attended.get(report.name, "")) for report in shown)
    return f'{_head(team, piece)}<div class="of">{marks}</div>'


def _mark(report: ServiceReport, person: str) -> str:
    """A cell whose name appears on hover; `person`: assignee, empty for nobody."""
    return f"<a {_look(report, person)}><span>{escape(report.title)}{_initials(person)}</span></a>"


def _look(report: ServiceReport, person: str) -> str:
    """Attributes of a cell; unhealthy ones have their colour. `person`: assignee, empty for nobody."""
    look = "" if report.health is Health.HEALTHY else f'class="gs-{status(report.health).colour}" '
    on_it = f'data-on title="Acknowledged by {escape(person)} ({AS_GIVEN})" ' if person else ""
    return look + on_it + link(report)


def _name(report: ServiceReport, person: str) -> str:
    """A name and its assignee; the style sheet cuts the middle of a long name if there is no room.

    Args:
        report: of the service. `person`: assignee as given; empty for nobody.
    """
    title, on_it = report.title, _initials(person)
    if len(title) <= LETTERS:
        return f"<span>{escape(title)}{on_it}</span>"
    # Start and end distinguish long names.
    return f'<span class="m"><em>{escape(title[:-TAIL])}</em>{escape(title[-TAIL:])}{on_it}</span>'


def _initials(person: str) -> str:
    """The initials of an assignee: MK for Mona Kim, Mo for Mona; the whole name is the title of the cell."""
    words = person.split()
    if not words:
        return ""
    return f"<s>{escape(words[0][:2] if len(words) == 1 else words[0][0] + words[-1][0])}</s>"


def _milliseconds(seconds: float | None) -> str:
    if seconds is None or not math.isfinite(seconds):
        return units.MISSING
    return f"{seconds * 1000:,.0f}" if seconds >= 0.00995 or seconds == 0 else f"{seconds * 1000:.1f}"


def _percent(ratio: float | None) -> str:
    """A percentage without its unit, which is at the head of the column."""
    return units.percent(ratio).removesuffix(f"{units.NBSP}%")
