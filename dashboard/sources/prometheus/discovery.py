"""What a Prometheus has: which presets, their services, labels, buckets and resources."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dashboard import buckets
from dashboard.exceptions import QueryRejected
from dashboard.sources.prometheus import selectors
from dashboard.sources.prometheus.candidates import NATIVE, NATIVE_BOUNDS, candidates, markers
from dashboard.sources.prometheus.decode import Series, half, reply_of
from dashboard.sources.prometheus.http import Api, one_line
from dashboard.sources.prometheus.presets import Preset, Saturation
from dashboard.sources.protocol import Resource, ServiceInfo
from dashboard.sources.spec import DeclaredService
from dashboard.timerange import DAY, HOUR

SEARCH = 600
# A service stays known for a day after its last sample: one that vanished must be seen to have vanished. At the
# first look the server is asked for these moments, too, in seconds before it; an instant costs it next to nothing.
KNOWN_FOR = DAY
EARLIER = (HOUR, 6 * HOUR, DAY)
# Seconds between scrapes as people configure them.
USUAL = (1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0, 180.0, 240.0, 300.0)


@dataclass(frozen=True, slots=True)
class Found:
    """A preset as one server has it.

    Attributes:
        by: the labels that name a service. `services`: name → the values of these labels.
        owned: the services that are shown by this preset and not by a more specific or a wanted one.
        match: the operator's matchers for every selector, each followed by a comma.
        scrape: seconds between two samples. `code`: the label that holds the outcome.
        bounds: `le` as written → seconds, ascending. `split`: the buckets carry the outcome, too.
        native: latency is counted in the preset's native histogram.
    """

    preset: Preset
    by: tuple[str, ...]
    services: Mapping[str, tuple[str, ...]]
    scrape: float
    owned: frozenset[str] = frozenset()
    match: str = ""
    code: str | None = None
    bounds: tuple[tuple[str, float], ...] = ()
    split: bool = False
    labels: tuple[str, ...] = ()
    saturation: tuple[Saturation, ...] = ()
    notes: tuple[str, ...] = ()
    native: bool = False

    @property
    def histogram(self) -> str:
        """What latency is counted in: classic buckets, or a native histogram."""
        return self.preset.native if self.native else self.preset.bucket

    @property
    def has_errors(self) -> bool:
        """Failures can be told from successes."""
        return bool(self.preset.errors) or self.code is not None

    def place(self, service: str) -> str:
        """The matchers that pick a service out, each followed by a comma."""
        return selectors.matchers(dict(zip(self.by, self.services[service], strict=True)))

    def resource_query(self, resource: Saturation, window: float, extra: str = "") -> str:
        """The query of one resource; `extra`: more matchers, followed by a comma."""
        seconds = f"{max(1, round(window))}s"
        return resource.query.format(by=", ".join(self.by), window=seconds, match=self.match + extra)

    def info(self, service: str, wanted: float) -> ServiceInfo:
        """A service as the rest of the dashboard sees it; `wanted`: the latency threshold, in seconds."""
        finite = tuple(bound for _, bound in self.bounds if np.isfinite(bound))
        return ServiceInfo(
            name=service,
            preset=self.preset.name,
            bounds=finite,
            threshold=buckets.nearest_bound(finite, wanted),
            latency_by_outcome=self.split,
            errors=self.has_errors and bool(self.preset.requests),
            labels=self.labels,
            resources=tuple(Resource(one.name, one.unit, one.unverified) for one in self.saturation),
            notes=self.notes,
        )


class Discovery:
    """Looks for presets and services on one server.

    Args:
        match: matchers for every selector, each followed by a comma. `declared`: services the operator named.

    Attributes:
        notes: what the server said of the last search, a line each.
    """

    def __init__(self, api: Api, match: str = "", declared: Sequence[DeclaredService] = ()) -> None:
        self._api = api
        self._match = match
        self._declared = declared
        self.notes: tuple[str, ...] = ()
        self._seen: dict[str, dict[tuple[str, ...], int]] = {}
        self._whole: dict[tuple[str, tuple[str, ...]], tuple[int, Found]] = {}

    def find(self, at: int) -> tuple[Found, ...]:
        """Everything at a moment, most specific first: what was declared, then the presets in their order."""
        self.notes = ()
        # A summary has the name of a native histogram, and a label for its quantiles.
        name = f'__name__=~"{markers()}",quantile=""'
        present = {metric for (metric,) in self._lately(self._count("", "__name__", name), ("__name__",), at)}
        presets = candidates(present, {metric for metric in NATIVE & present if self._is_native(metric, at)})
        made = [one for group in self._groups(presets) if (one := self._declared_found(*group, at))]
        made += [one for preset in presets if (one := self._examine(preset, at)) is not None]
        made = [self._remembered(one, at) for one in made]
        return _owned(made, {one.name: one.preset for one in self._declared if one.preset and not one.match})

    def _is_native(self, metric: str, at: int) -> bool:
        query = f"count(histogram_count({selectors.selector(metric, self._match)}))"
        try:
            return bool(self._lately(query, (), at))
        except QueryRejected as error:
            self.notes = (*self.notes, f"{metric} was not read as a native histogram: {error}")
            return False

    def _remembered(self, made: Found, at: int) -> Found:
        """What was found, or how it was while its targets were there: those that are away show no labels."""
        place = (made.preset.requests or made.preset.name, made.by)
        when, known = self._whole.get(place, (at, made))
        lost = (known.code and not made.code) or (known.bounds and not made.bounds)
        if lost and at - when <= KNOWN_FOR:
            return replace(known, services=made.services)
        self._whole[place] = (at, made)
        return made

    def metricsql(self, at: int) -> bool:
        """The server speaks MetricsQL: an increase then begins at the last sample before its window."""
        try:
            self.instant("1 default 2", at)
        except QueryRejected:
            return False
        return True

    def instant(self, query: str, at: int) -> list[Series]:
        """The rows of a query at a moment."""
        body, _ = self._api.post("query", {"query": query, "time": str(at)}, query=query)
        reply = reply_of(body, self._api.where)
        told = next((warning for warning in reply.warnings if half(warning)), None)
        if told and not self.notes:
            self.notes = (f"the search for services was answered in part: {one_line(told)}",)
        return reply.data.result if reply.data else []

    def _now(self, query: str, by: Sequence[str], at: int) -> set[tuple[str, ...]]:
        """The values of some labels in the rows of a query that have them all."""
        rows = self.instant(query, at)
        return {tuple(row.metric[label] for label in by) for row in rows if all(row.metric.get(label) for label in by)}

    def _lately(self, query: str, by: Sequence[str], at: int) -> set[tuple[str, ...]]:
        """The same for the last day, as far as it was looked at."""
        moments = [at] if query in self._seen else [at, *(at - earlier for earlier in EARLIER)]
        seen = self._seen.setdefault(query, {})
        for moment in moments:
            for place in self._now(query, by, moment):
                seen[place] = max(moment, seen.get(place, moment))
        return {place for place, when in seen.items() if at - when <= KNOWN_FOR}

    def _count(self, metric: str, label: str, *parts: str) -> str:
        return f"count by ({label}) ({selectors.selector(metric, self._match, *parts)})"

    def _label_values(self, metric: str, label: str, at: int, *parts: str) -> list[str]:
        rows = self.instant(self._count(metric, label, *parts), at)
        return [row.metric[label] for row in rows if row.metric.get(label)]

    def _places(self, preset: Preset, by: Sequence[str], at: int) -> set[tuple[str, ...]]:
        """The values of the service labels that the metric has or lately had, without what has become native."""
        look = self._lately if preset.lasting else self._now
        query = self._count(preset.requests or preset.marker, ", ".join(by), preset.matchers)
        places = look(query, by, at)
        if preset.classic:
            moved = self._now(self._count(preset.native, ", ".join(by), preset.matchers), by, at)
            places -= moved - self._now(query, by, at)
        return places

    def _groups(self, presets: Sequence[Preset]) -> list[tuple[list[Preset], tuple[str, ...], list[DeclaredService]]]:
        """Declared services that can be asked for together: the presets to try, their labels, the services."""
        groups: dict[tuple[str, tuple[str, ...]], list[DeclaredService]] = {}
        for one in self._declared:
            if one.match:
                groups.setdefault((one.preset, tuple(sorted(one.match))), []).append(one)
        return [
            ([preset for preset in presets if name in ("", preset.name)], by, services)
            for (name, by), services in groups.items()
        ]

    def _declared_found(
        self, presets: Sequence[Preset], by: tuple[str, ...], services: Sequence[DeclaredService], at: int
    ) -> Found | None:
        for preset in presets:
            places = self._places(preset, by, at)
            named = {one.name: tuple(one.match[label] for label in by) for one in services}
            there = {name: place for name, place in named.items() if place in places}
            if there:
                return self._described(preset, by, there, at)
        return None

    def _examine(self, preset: Preset, at: int) -> Found | None:
        """How this server has a preset; None when its services cannot be named."""
        for by in preset.services:
            places = self._places(preset, by, at)
            if places:
                return self._described(preset, by, {"/".join(place): place for place in sorted(places)}, at)
        return None

    def _described(
        self, preset: Preset, by: tuple[str, ...], services: Mapping[str, tuple[str, ...]], at: int
    ) -> Found:
        scrape = self._scrape(preset.requests or preset.marker, preset, at)
        made = Found(preset, by, services, scrape, match=self._match)
        return self._saturated(self._with_requests(made, at) if preset.requests else made, at)

    def _scrape(self, metric: str, preset: Preset, at: int) -> float:
        selected = selectors.selector(metric, self._match, preset.matchers)
        measured, lately = (self._interval(selected, span, at) for span in (SEARCH, SEARCH // 10))
        return usual_interval(measured, lately)

    def _interval(self, selected: str, span: int, at: int) -> float:
        """Seconds between two samples in a span; endless where there are fewer than two."""
        rows = self.instant(f"max(count_over_time({selected}[{span}s]))", at)
        seen = float(rows[0].value[1]) if rows and rows[0].value else 0.0
        return span / seen if seen > 1 else np.inf

    def _with_requests(self, made: Found, at: int) -> Found:
        preset = made.preset
        code = next((label for label in preset.codes if self._label_values(preset.requests, label, at)), None)
        made = self._with_buckets(made, at)
        split = bool(preset.split and code and made.bounds and self._label_values(made.histogram, code, at))
        labels = tuple(
            label
            for label in preset.breakdowns
            if label not in made.by and self._label_values(preset.requests, label, at)
        )
        notes = []
        if code is None and not preset.errors:
            notes.append(f"no label of {', '.join(preset.codes)} on {preset.requests}: errors cannot be told")
        if not made.bounds:
            notes.append("no latency buckets: quantiles and a latency objective are not available")
        return replace(made, code=code, split=split, labels=labels, notes=tuple(notes))

    def _with_buckets(self, made: Found, at: int) -> Found:
        """With the bounds that latency is told at; classic buckets are asked for first."""
        preset = made.preset
        texts = self._label_values(preset.bucket, "le", at) if preset.bucket and not preset.natively_counted else []
        if not texts and preset.native and not preset.classic:
            return replace(made, native=True, bounds=NATIVE_BOUNDS)
        bounds = {text: float(text.replace("Inf", "inf")) * preset.scale for text in texts}
        return replace(made, bounds=tuple(sorted(bounds.items(), key=lambda item: item[1])))

    def _saturated(self, made: Found, at: int) -> Found:
        """Keep the resources whose query gives something here."""
        kept = []
        for resource in made.preset.saturation:
            try:
                if self.instant(made.resource_query(resource, 4 * made.scrape), at):
                    kept.append(resource)
            except QueryRejected:
                continue
        return replace(made, saturation=tuple(kept))


def usual_interval(measured: float, lately: float) -> float:
    """Seconds between scrapes as people configure them, from those that were measured; endless: not measured."""
    # Targets that are younger than the search are scraped more often than it says.
    measured = lately if lately < measured / 2 else measured if np.isfinite(measured) else 60.0
    # Ten minutes hold now 13 and now 14 scrapes of 45 s: a window that follows would never be the same twice.
    return min(USUAL, key=lambda usual: abs(np.log(measured / usual)))


def _owned(found: Sequence[Found], preferred: Mapping[str, str]) -> tuple[Found, ...]:
    """Give every service to one preset: the one its operator prefers, else the first that knows it.

    What was declared by the very labels of a preset is that service under another name, not a second one.
    """
    known = {(one.preset.name, name) for one in found for name in one.services}
    taken: set[str] = set()
    places: set[tuple[str, tuple[str, ...], tuple[str, ...]]] = set()
    made = []
    for one in found:
        fresh = {name: at for name, at in one.services.items() if (one.preset.name, one.by, at) not in places}
        places |= {(one.preset.name, one.by, at) for at in fresh.values()}
        one = replace(one, services=fresh)
        others = {
            name
            for name in one.services
            if preferred.get(name, one.preset.name) != one.preset.name and (preferred[name], name) in known
        }
        mine = frozenset(set(one.services) - taken - others)
        taken |= mine
        made.append(replace(one, owned=mine))
    return tuple(made)
