"""Finds further data about the services of a preset: labels for breakdowns, and resources."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dashboard.exceptions import QueryRejected
from dashboard.sources.prometheus.instrumentation import selectors
from dashboard.sources.prometheus.instrumentation.instrumentation import Instrumentation
from dashboard.sources.prometheus.presets.preset import Preset, ResourceQuery
from dashboard.sources.prometheus.search.series_search import REMEMBERED_S, SeriesSearch
from dashboard.sources.prometheus.search.sightings import Sighting

# Number of scrapes in a rate window, so that a late or lost scrape leaves no gap.
RATE_SCRAPES = 4

# A label, or a resource with the labels that name services.
_Kind = str | tuple[tuple[str, ...], ResourceQuery]


@dataclass(frozen=True, slots=True)
class Offers:
    """Further data about the services of a preset.

    Attributes:
        labels: of its requests. `resources`: those whose query returns something, by the service labels.
    """

    labels: tuple[str, ...]
    resources: Mapping[tuple[str, ...], tuple[ResourceQuery, ...]]


class OfferSearch:
    """Searches them on one server.

    Args:
        search: searches its series. `matchers`: for every selector, each followed by a comma.
    """

    def __init__(self, search: SeriesSearch, matchers: str) -> None:
        self._search = search
        self._matchers = matchers
        # Preset and its metric → what existed, and when it was last seen.
        self._last: dict[tuple[str, str], dict[_Kind, int]] = {}

    def find(
        self,
        preset: Preset,
        alternatives: Sequence[tuple[str, ...]],
        slowest: float,
        sightings: Iterable[Sighting],
        at: int,
        *,
        is_whole: bool,
    ) -> Offers:
        """The labels and resources of a preset's services.

        Args:
            preset: has the labels and resources. `alternatives`: labels that name services here.
            slowest: their longest scrape interval, in seconds.
            sightings: when they exist. `at`: epoch seconds.
            is_whole: all services exist at present; otherwise earlier results are remembered.
        """
        last = self._last.setdefault((preset.name, preset.metric), {})
        seen: dict[_Kind, int] = {}
        with self._search.best_effort("resources, and labels to break down by, were not looked for everywhere"):
            for sighting in sightings:
                queries = self._queries(preset, alternatives, slowest, sighting.matcher)
                unseen = {kind: query for kind, query in queries.items() if kind not in seen}
                seen |= dict.fromkeys(self._present(unseen, sighting.at), sighting.at)
        last |= seen
        if not is_whole:
            seen = {kind: when for kind, when in last.items() if at - when <= REMEMBERED_S}
        labels = preset.breakdowns if preset.requests else ()
        return Offers(
            tuple(label for label in labels if label in seen),
            {own: tuple(each for each in preset.resources if (own, each) in seen) for own in alternatives},
        )

    def _queries(
        self, preset: Preset, alternatives: Iterable[tuple[str, ...]], slowest: float, matcher: str
    ) -> dict[_Kind, str]:
        """A query for each, which returns a series if it exists; `matcher`: restricts to some services, empty: all."""
        # One series per label, so that the size does not grow with the number of values.
        queries: dict[_Kind, str] = {}
        for label in preset.breakdowns if preset.requests else ():
            selected = selectors.selector(preset.requests, self._matchers, preset.matchers, f'{label}!=""', matcher)
            queries[label] = f"group({selected})"
        extra = f"{matcher}," if matcher else ""
        for own in alternatives:
            probe = Instrumentation(preset, own, {}, slowest, matchers=self._matchers)
            for resource in preset.resources:
                queries[own, resource] = f"group({probe.resource_query(resource, RATE_SCRAPES * slowest, extra)})"
        return queries

    def _present(self, queries: Mapping[_Kind, str], at: int) -> set[_Kind]:
        """The kinds whose queries select something."""
        try:
            answers = self._search.together(list(queries.values()), at)
            return {kind for kind, rows in zip(queries, answers, strict=True) if rows}
        # Not every server supports every function; then the resource is not shown.
        except QueryRejected:
            return {kind for kind, query in queries.items() if self._answers(query, at)}

    def _answers(self, query: str, at: int) -> bool:
        try:
            return bool(self._search.instant(query, at))
        except QueryRejected:
            return False
