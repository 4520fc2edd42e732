"""Finds SLOs in recording rules of Sloth, Pyrra, Grafana SLO and this product.

Pyrra's and Grafana's rules record rates over five minutes, and ours record events of five minutes: requested every five
minutes, they are counts. Sloth only records ratios: all five-minute intervals have the same weight, as in Sloth's own
budget.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from dashboard.durations import parse_duration
from dashboard.exceptions import QueryRejected
from dashboard.slo.indicators import Query, Ratio, Raw, terms
from dashboard.slo.objective import Method, Slo
from dashboard.slo.windows import Rolling
from dashboard.sources.prometheus.client.decode import Series
from dashboard.sources.prometheus.instrumentation import selectors
from dashboard.sources.prometheus.search.series_search import REMEMBERED_S, SeriesSearch
from dashboard.timerange import DAY

SLICE = 300
# Without its generic rules, Pyrra only records burn rates, under the names of the metrics.
BURN_RATES = ".+:burnrate5m"
METRICS = (
    "slo:objective:ratio",
    "slo:time_period:days",
    "pyrra_objective",
    "pyrra_window",
    "pyrra_requests:rate5m",
    "grafana_slo_objective",
    "grafana_slo_objective_window_seconds",
    "grafana_slo_info",
    "grafana_slo_total_rate_5m",
    "grafana_slo_sli_5m",
    "golden_signals:slo_objective",
    "golden_signals:slo_window_seconds",
    "golden_signals:slo_valid:slice",
)
# Metrics by which objectives are counted: their newest sample is the age of the answers.
COUNTED_BY = (
    "slo:sli_error:ratio_rate5m",
    "pyrra_requests:rate5m",
    "grafana_slo_total_rate_5m",
    "grafana_slo_sli_5m",
    "golden_signals:slo_valid:increase5m",
)
# Labels that may contain the service or the title; the first existing one is used.
SERVICE_LABELS = ("sloth_service", "service", "service_name", "app", "component", "job")
TITLE_LABELS = ("grafana_slo_name", "slo_name", "grafana_slo_title", "title", "name")
NO_COUNTS = "Sloth's rules keep ratios only: how many events there were is not known, each five minutes weigh the same"
MEAN_OF_RATIOS = (
    "its burn rates over longer windows are means of five-minute ratios, not the ratios that Sloth records of them: "
    "where traffic is uneven, Sloth's own alerts may differ"
)
NO_WINDOW = "its window is not recorded: 30 days are taken"
NO_RATES = "its rates are not recorded at the moment: nothing can be counted"

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Sample:
    """A recorded series and its value."""

    labels: Labels
    value: float


@dataclass(frozen=True, slots=True)
class _Objective:
    """A recorded objective: its name, labels and value, and the labels that distinguish it from others of its tool."""

    name: str
    labels: Labels
    value: float
    identity: Labels

    @property
    def matchers(self) -> str:
        return selectors.matchers(self.identity).rstrip(",")

    @property
    def service(self) -> str:
        return next((self.labels[label] for label in SERVICE_LABELS if self.labels.get(label)), self.name)


class _Rules:
    """Recorded series by the name of their rule."""

    def __init__(self, series: Iterable[Series]) -> None:
        self._by_name: dict[str, list[_Sample]] = {}
        for row in series:
            labels = {label: value for label, value in row.metric.items() if label != "__name__"}
            value = float(row.value[1]) if row.value else float("nan")
            self._by_name.setdefault(row.metric.get("__name__", ""), []).append(_Sample(labels, value))

    def objectives(self, metric: str, *ids: str) -> list[_Objective]:
        """The objectives of a rule, distinguished by labels that all of them must have."""
        # Another tool may use the same rule name with other labels.
        samples = [sample for sample in self._by_name.get(metric, []) if all(map(sample.labels.get, ids))]
        return [_objective(sample, samples, ids) for sample in samples]

    def sample(self, metric: str, identity: Labels) -> _Sample | None:
        """The first series of another rule for the same objective."""
        samples = self._by_name.get(metric, [])
        return next((sample for sample in samples if identity.items() <= sample.labels.items()), None)

    def value(self, metric: str, identity: Labels) -> float | None:
        """The value of another rule for the same objective; None if there is none."""
        sample = self.sample(metric, identity)
        return sample.value if sample and sample.value == sample.value else None

    @property
    def with_burn_rates(self) -> set[str]:
        """Objectives for which Pyrra records burn rates."""
        rules = (samples for name, samples in self._by_name.items() if name.endswith(":burnrate5m"))
        return {sample.labels["slo"] for samples in rules for sample in samples if sample.labels.get("slo")}


class RecordedSlos:
    """SLOs from recording rules on a server; like services, they stay known for a day.

    Args:
        search: searches the server's series. `matchers`: configured ones, each followed by a comma.
    """

    def __init__(self, search: SeriesSearch, matchers: str = "") -> None:
        self._search = search
        self._query = search_query(matchers)
        # Name → epoch seconds at which it last existed, and the SLO.
        self._last_seen: dict[str, tuple[int, Slo]] = {}

    def find(self, at: int) -> tuple[tuple[Slo, ...], tuple[str, ...]]:
        """The SLOs known at a time (epoch seconds), and a sentence for each unreadable one."""
        try:
            slos, notes = recorded_slos(self._search.instant(self._query, at))
        except QueryRejected as error:
            return (), (f"objectives of recording rules were not looked for: {error}",)
        self._last_seen |= {slo.name: (at, slo) for slo in slos}
        recent = {name: seen for name, seen in self._last_seen.items() if at - seen[0] <= REMEMBERED_S}
        self._last_seen = recent
        return tuple(slo for _, slo in recent.values()), notes


def counted_by(slos: Iterable[Slo]) -> tuple[str, ...]:
    """The recorded metrics by which some of these objectives are counted, sorted by name."""
    texts = [term.text for slo in slos for term in terms(slo.indicator) if isinstance(term, Query)]
    return tuple(sorted(metric for metric in COUNTED_BY if any(metric in text for text in texts)))


def search_query(matchers: str) -> str:
    """The single query that finds all of them; `matchers`: configured ones, each followed by a comma."""
    return selectors.selector("", matchers, f'__name__=~"{"|".join((*METRICS, BURN_RATES))}"')


def recorded_slos(series: Iterable[Series]) -> tuple[tuple[Slo, ...], tuple[str, ...]]:
    """SLOs in the result of `search_query`, with unique names, and a sentence for each unreadable one."""
    rules = _Rules(series)
    read = [slo_or_note for tool in (_ours, _sloth, _pyrra, _grafana) for slo_or_note in tool(rules)]
    slos: dict[str, Slo] = {}
    for slo in read:
        if isinstance(slo, Slo):
            # Two tools may have objectives of the same name.
            name = slo.name if slo.name not in slos else f"{slo.name} ({slo.origin})"
            slos.setdefault(name, replace(slo, name=name))
    return tuple(slos.values()), tuple(note for note in read if isinstance(note, str))


def _objective(sample: _Sample, samples: Sequence[_Sample], ids: Sequence[str]) -> _Objective:
    differing = _differing(sample, samples, ids)
    name = (sample.labels[ids[0]], *(sample.labels.get(label, "") for label in differing))
    identity = {label: sample.labels.get(label, "") for label in (*ids, *differing)}
    return _Objective(" ".join(filter(None, name)), sample.labels, sample.value, identity)


def _differing(sample: _Sample, samples: Sequence[_Sample], ids: Sequence[str]) -> list[str]:
    """Labels that distinguish several objectives with the same id, such as the cluster."""
    alike = [other.labels for other in samples if all(other.labels[label] == sample.labels[label] for label in ids)]
    names = {name for labels in alike for name in labels}
    return sorted(name for name in names if len({labels.get(name) for labels in alike}) > 1)


# --- tools --------------------------------------------------------------------------------------------------------


def _ours(rules: _Rules) -> Iterator[Slo | str]:
    for objective in rules.objectives("golden_signals:slo_objective", "slo", "service"):
        if rules.sample("golden_signals:slo_valid:slice", objective.identity):
            yield f"our own objective {objective.name} is not read: its slices are not five minutes long"
            continue
        valid, bad = (
            Query(f"golden_signals:slo_{side}:increase5m{{{objective.matchers}}}") for side in ("valid", "bad")
        )
        window = rules.value("golden_signals:slo_window_seconds", objective.identity)
        yield _slo(objective, "golden-signals", Ratio(valid, bad=bad), window)


def _sloth(rules: _Rules) -> Iterator[Slo | str]:
    for objective in rules.objectives("slo:objective:ratio", "sloth_id"):
        ratio = Raw(Query(f"slo:sli_error:ratio_rate5m{{{objective.matchers}}}"), success=False)
        days = rules.value("slo:time_period:days", objective.identity)
        title = objective.labels.get("sloth_slo", "")
        yield _slo(objective, "Sloth", ratio, days and days * DAY, title=title, notes=(NO_COUNTS, MEAN_OF_RATIOS))


def _pyrra(rules: _Rules) -> Iterator[Slo | str]:
    objectives = rules.objectives("pyrra_objective", "slo")
    for objective in objectives:
        identity = objective.identity
        requests, errors = (_events_of_rate(f"pyrra_{side}:rate5m", identity) for side in ("requests", "errors"))
        notes = () if rules.sample("pyrra_requests:rate5m", identity) else (NO_RATES,)
        window = rules.value("pyrra_window", identity)
        yield _slo(objective, "Pyrra", Ratio(requests, bad=errors), window, notes=notes)
    unread = rules.with_burn_rates - {objective.labels["slo"] for objective in objectives}
    if unread:
        yield f"Pyrra's objectives {', '.join(sorted(unread))} are not read: start Pyrra with --generic-rules"


def _grafana(rules: _Rules) -> Iterator[Slo | str]:
    for objective in rules.objectives("grafana_slo_objective", "grafana_slo_uuid"):
        # The window is a label of the objective, but not of its rates.
        uuid = {"grafana_slo_uuid": objective.labels["grafana_slo_uuid"]}
        indicator, notes = _grafana_indicator(rules, uuid)
        info = rules.sample("grafana_slo_info", uuid)
        title = next((info.labels[label] for label in TITLE_LABELS if info and info.labels.get(label)), "")
        window = _grafana_window(rules, objective.labels, uuid)
        yield _slo(objective, "Grafana SLO", indicator, window, title=title, notes=notes)


def _grafana_indicator(rules: _Rules, uuid: Labels) -> tuple[Ratio | Raw, tuple[str, ...]]:
    """Its rates, or its SLI if there are none: some objectives are a query of a ratio."""
    total, success = (_events_of_rate(f"grafana_slo_{side}_rate_5m", uuid) for side in ("total", "success"))
    if rules.sample("grafana_slo_total_rate_5m", uuid):
        return Ratio(total, good=success), ()
    if rules.sample("grafana_slo_sli_5m", uuid):
        return Raw(Query(f"avg({selectors.selector('grafana_slo_sli_5m', selectors.matchers(uuid))})")), ()
    return Ratio(total, good=success), (NO_RATES,)


def _grafana_window(rules: _Rules, labels: Labels, uuid: Labels) -> float | None:
    seconds = rules.value("grafana_slo_objective_window_seconds", uuid)
    if seconds is not None:
        return seconds
    try:
        return parse_duration(labels.get("grafana_slo_window", ""))
    except ValueError:
        return None


def _events_of_rate(metric: str, identity: Labels) -> Query:
    """Events of five minutes from their rate; summed, as some rates are recorded by labels."""
    return Query(f"{SLICE} * sum({selectors.selector(metric, selectors.matchers(identity))})")


def _slo(
    recorded: _Objective,
    tool: str,
    indicator: Ratio | Raw,
    window_s: float | None,
    *,
    title: str = "",
    notes: tuple[str, ...] = (),
) -> Slo | str:
    """An objective as recorded, or a sentence why it cannot be read."""
    # Rules contain expressions such as 1 - 0.001, which are inexact in floating point.
    objective = float(f"{recorded.value:.12g}")
    if not 0 < objective < 1:
        return f"{tool}'s objective {recorded.name} is not read: {objective:g} does not lie between 0 and 1"
    return Slo(
        service=recorded.service,
        name=recorded.name,
        indicator=indicator,
        objective=objective,
        kind=recorded.labels.get("kind") or "ratio",
        method=Method.OCCURRENCES if isinstance(indicator, Ratio) else Method.RATIO_TIMESLICES,
        window=Rolling(window_s) if window_s else Rolling(),
        slice_s=SLICE,
        title=title,
        origin=f"{tool} rules",
        notes=notes if window_s else (*notes, NO_WINDOW),
        labels={name: value for name, value in recorded.labels.items() if name not in ("kind", *recorded.identity)},
    )
