"""What else there is of the services of a preset: labels to break their requests down by, and resources."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dashboard.exceptions import QueryRejected
from dashboard.sources.prometheus.instrumentation import selectors
from dashboard.sources.prometheus.instrumentation.instrumentation import Instrumentation
from dashboard.sources.prometheus.presets.preset import Preset, ResourceQuery
from dashboard.sources.prometheus.search.series_search import REMEMBERED_S, SeriesSearch
from dashboard.sources.prometheus.search.sightings import Sighting

# Scrapes that a rate is taken over: one that is late or lost leaves no gap.
RATE_SCRAPES = 4

# A label, or a resource with the labels that name services.
_Kind = str | tuple[tuple[str, ...], ResourceQuery]


@dataclass(frozen=True, slots=True)
class Offers:
    """What there is of the services of a preset.

    Attributes:
        labels: that its requests have. `resources`: those whose query gives something, by the labels of services.
    """

    labels: tuple[str, ...]
    resources: Mapping[tuple[str, ...], tuple[ResourceQuery, ...]]


class OfferSearch:
    """Looks for them on one server.

    Args:
        search: searches its series. `matchers`: for every selector, each followed by a comma.
    """

    def __init__(self, search: SeriesSearch, matchers: str) -> None:
        self._search = search
        self._matchers = matchers
        # Preset and its metric → what there was of it, and when that was seen last.
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
        """What there is of the services of a preset.

        Args:
            preset: whose labels and resources. `alternatives`: labels that name services here.
            slowest: their longest scrape interval, in seconds.
            sightings: when they are there. `at`: epoch seconds.
            is_whole: all of them are there at present; of others it is remembered what there was.
        """
        last = self._last.setdefault((preset.name, preset.metric), {})
        seen: dict[_Kind, int] = {}
        with self._search.beside("resources, and labels to break down by, were not looked for everywhere"):
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
        """A query for each of them, of one series where it is there; `matcher`: of some services, empty: of all."""
        # One series for each label that any series has: none grows with the values of a label.
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
        """Those whose queries select anything."""
        try:
            answers = self._search.together(list(queries.values()), at)
            return {kind for kind, rows in zip(queries, answers, strict=True) if rows}
        # Not every server knows every function; then it has one resource less to show.
        except QueryRejected:
            return {kind for kind, query in queries.items() if self._answers(query, at)}

    def _answers(self, query: str, at: int) -> bool:
        try:
            return bool(self._search.instant(query, at))
        except QueryRejected:
            return False
