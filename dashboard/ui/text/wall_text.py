"""Sentences about the wall: what it leaves out, what takes turns, and that nothing needs anybody."""

from collections.abc import Sequence
from typing import Final

from dashboard.ui.text import units

# The legend above cells.
LEGEND: Final = "bar: error budget left, of the SLO in the worst state"
LEGEND_OF_MARKS: Final = "one mark for each service: its name comes under the pointer"


def narrowed(shown: int, total: int, teams: Sequence[str], tiers: Sequence[int], find: str) -> str:
    """How many services match a filter.

    Args:
        shown: the number of matches. `total`: the number of all services.
        teams, tiers, find: the filter; empty parts do not apply.
    """
    parts = [
        f"team {' or '.join(teams)}" if teams else "",
        f"tier {' or '.join(map(str, tiers))}" if tiers else "",
        f"“{find}”" if find else "",
    ]
    return f"{', '.join(part for part in parts if part)}: {shown} of {services(total)}"


def services(number: int) -> str:
    """A number of services."""
    return f"{units.count(number)} {'service' if number == 1 else 'services'}"


def teams(number: int) -> str:
    """A number of teams, which are shown together."""
    return f"{units.count(number)} teams"


def elsewhere(number: int) -> str:
    """How many services outside the filter are not healthy; empty for none."""
    return f"{number} not healthy outside of this choice" if number else ""


def page(number: int, pages: int, team: str) -> str:
    """The number of the visible page of those that take turns; empty if there is only one.

    Args:
        number: from 0 on. `pages`: number of pages. `team`: of all services on it; empty for any.
    """
    if pages <= 1:
        return team
    return f"{f'{team} · ' if team else ''}page {number + 1} of {pages}"


def surplus(number: int) -> str:
    """How many services besides those always shown are not healthy; empty for none."""
    return f"and {number} more not healthy" if number else ""


def summary(number: int, teams: int, unhealthy: int) -> str:
    """One sentence above cells: whether anything needs somebody.

    Args:
        number: of services. `teams`: number of teams. `unhealthy`: number of services that are not healthy.
    """
    of_teams = f" of {teams} teams" if teams > 1 else ""
    if unhealthy:
        return f"{services(number)}{of_teams}"
    return f"All {services(number)}{of_teams} meet their objectives." if number > 1 else "It meets its objectives."


def also(names: Sequence[str], page: int, pages: int) -> str:
    """Which services besides those always shown are not healthy, some at a time; empty for none.

    Args:
        names: those to name now. `page`: their part of the list, from 0 on. `pages`: number of parts.
    """
    if not names:
        return ""
    part = f" ({page + 1} of {pages})" if pages > 1 else ""
    return f"Also not healthy{part}: {', '.join(names)}"


def nothing_matches(total: int) -> str:
    """The sentence that nothing matches the filter, and how to remove it."""
    return f"None of {services(total)} matches. Empty the search, or choose all teams and all tiers."
