"""Which services the wall shows and how: the parameters of the address, and the services that match them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from dashboard.engine.snapshot import ServiceReport

# Parameters of the address.
NAMES = ("find", "team", "tier", "view", "group", "fav")
VIEWS = ("tiles", "compact")
# The name for services without a team.
NO_TEAM = "no team"
# Parameters are truncated: walls are shared by equal choices, and comparing long names takes seconds.
LONGEST, MOST = 80, 24


@dataclass(frozen=True, slots=True)
class WallChoice:
    """The choice of a viewer; walls are shared by equal choices, so each part is limited.

    Attributes:
        find: words in the name or the team of a service.
        teams: names of teams; empty for all.
        tiers: 1 is the most important; empty for all.
        view: `tiles` or `compact`; empty: depends on the number of services.
        by_team: group services by team.
        favourites: names of services that are always visible.
        problem: a sentence about invalid parameters; None if all are valid.
    """

    find: str = ""
    teams: tuple[str, ...] = ()
    tiers: tuple[int, ...] = ()
    view: str = ""
    by_team: bool = False
    favourites: tuple[str, ...] = ()
    problem: str | None = None

    @property
    def narrows(self) -> bool:
        """Whether it hides services."""
        return bool(self.find or self.teams or self.tiers)


def team_of(report: ServiceReport) -> str:
    """The team of a service, or the words for none."""
    return report.info.team or NO_TEAM


def teams_of(services: Iterable[ServiceReport]) -> list[str]:
    """All teams by name; services without one last."""
    return sorted({team_of(report) for report in services}, key=lambda team: (team == NO_TEAM, team.casefold(), team))


def tiers_of(services: Iterable[ServiceReport]) -> list[int]:
    """All tiers, most important first."""
    return sorted({report.info.tier for report in services if report.info.tier is not None})


def chosen(query: Mapping[str, Sequence[str]], services: Sequence[ServiceReport]) -> WallChoice:
    """Parse the address; unknown names hide nothing, and are reported.

    Args:
        query: parameter → its values in the address.
        services: all.
    """
    problems: list[str] = []
    teams = _known("team", query.get("team", ()), teams_of(services), problems)
    tiers = _known("tier", _parts(query.get("tier", ())), [str(tier) for tier in tiers_of(services)], problems)
    by_title = {report.title: report.name for report in services}
    wanted = [by_title.get(name, name) for name in query.get("fav", ())]
    favourites = _known("service", wanted, [report.name for report in services], problems)
    view = _known("view", query.get("view", ())[:1], VIEWS, problems)
    group = _known("group", query.get("group", ())[:1], ("team",), problems)
    return WallChoice(
        " ".join(query.get("find", ()))[:LONGEST].strip(),
        teams,
        tuple(int(tier) for tier in tiers),
        "".join(view),
        bool(group),
        favourites,
        problems[0] if problems else None,
    )


def _parts(values: Sequence[str]) -> list[str]:
    """`tier=1,2` means the same as `tier=1&tier=2`."""
    return [part.strip() for value in values for part in value[:LONGEST].split(",")]


def _known(kind: str, wanted: Sequence[str], known: Sequence[str], problems: list[str]) -> tuple[str, ...]:
    """The wanted values that exist, without duplicates; adds a sentence about the first unknown one to `problems`.

    Args:
        kind: of the values, in one word.
        wanted: values from the address; services and teams are case-insensitive.
        known: existing values.
        problems: sentences so far.
    """
    folded = {value.casefold(): value for value in known} | {value: value for value in known}
    matched: dict[str, None] = {}
    for value in (value[:LONGEST] for value in wanted[:MOST] if value):
        name = folded.get(value, folded.get(value.casefold()))
        if name is not None:
            matched[name] = None
        # Before services are known every name would seem wrong.
        elif known:
            problems.append(_unknown(kind, value, known))
    return tuple(matched)


def _unknown(kind: str, value: str, known: Sequence[str]) -> str:
    close = get_close_matches(value, sorted(known), n=3, cutoff=0.4)
    meant = f"; did you mean {' or '.join(close)}?" if close else ""
    return f"no {kind} is called {value!r}{meant}"


def matching(services: Sequence[ServiceReport], choice: WallChoice) -> tuple[ServiceReport, ...]:
    """The services that match a choice, in their order."""
    if not choice.narrows:
        return tuple(services)
    words = choice.find.casefold().split()
    return tuple(report for report in services if _matches(report, choice, words))


def _matches(report: ServiceReport, choice: WallChoice, words: Sequence[str]) -> bool:
    if choice.teams and team_of(report) not in choice.teams:
        return False
    if choice.tiers and report.info.tier not in choice.tiers:
        return False
    text = f"{report.title} {report.name} {report.info.team}".casefold()
    return all(word in text for word in words)
