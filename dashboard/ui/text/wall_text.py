"""What the wall says of itself: what it leaves out, what takes turns, and that nothing needs anybody."""

from collections.abc import Sequence
from typing import Final

from dashboard.ui.text import units

# Over cells.
LEGEND: Final = "bar: error budget left, of the SLO in the worst state"
LEGEND_OF_MARKS: Final = "one mark for each service: its name comes under the pointer"


def narrowed(shown: int, total: int, teams: Sequence[str], tiers: Sequence[int], find: str) -> str:
    """What a choice leaves of all services.

    Args:
        shown: how many match. `total`: how many there are.
        teams, tiers, find: what was chosen; empty if nothing was.
    """
    parts = [
        f"team {' or '.join(teams)}" if teams else "",
        f"tier {' or '.join(map(str, tiers))}" if tiers else "",
        f"“{find}”" if find else "",
    ]
    return f"{', '.join(part for part in parts if part)}: {shown} of {services(total)}"


def services(number: int) -> str:
    """This many services."""
    return f"{units.count(number)} {'service' if number == 1 else 'services'}"


def teams(number: int) -> str:
    """This many teams, which stand together."""
    return f"{units.count(number)} teams"


def elsewhere(number: int) -> str:
    """That services which a choice leaves out are not healthy; empty for none."""
    return f"{number} not healthy outside of this choice" if number else ""


def page(number: int, pages: int, team: str) -> str:
    """Which page of those that take turns is shown; empty if there is only one.

    Args:
        number: from 0 on. `pages`: how many. `team`: that all of its services are of; empty for any.
    """
    if pages <= 1:
        return team
    return f"{f'{team} · ' if team else ''}page {number + 1} of {pages}"


def surplus(number: int) -> str:
    """How many services beyond those that are always shown are not healthy; empty for none."""
    return f"and {number} more not healthy" if number else ""


def summary(number: int, teams: int, unhealthy: int) -> str:
    """One sentence over cells: whether anything needs somebody.

    Args:
        number: of services. `teams`: that they are of. `unhealthy`: how many are not healthy.
    """
    of_teams = f" of {teams} teams" if teams > 1 else ""
    if unhealthy:
        return f"{services(number)}{of_teams}"
    return f"All {services(number)}{of_teams} meet their objectives." if number > 1 else "It meets its objectives."


def also(names: Sequence[str], page: int, pages: int) -> str:
    """Which services beyond those that are always shown are not healthy, some at a time; empty for none.

    Args:
        names: those that are named now. `page`: which part of them that is, from 0 on. `pages`: of how many.
    """
    if not names:
        return ""
    part = f" ({page + 1} of {pages})" if pages > 1 else ""
    return f"Also not healthy{part}: {', '.join(names)}"


def nothing_matches(total: int) -> str:
    """That a choice leaves nothing, and how to see all of them again."""
    return f"None of {services(total)} matches. Empty the search, or choose all teams and all tiers."
