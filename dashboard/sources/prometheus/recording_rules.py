"""Objectives that somebody's recording rules keep: Sloth's, Pyrra's, Grafana SLO's and our own.

Pyrra's and Grafana's rules record rates over five minutes, ours the events of five minutes: asked for every five
minutes they are counts. Sloth records ratios only: each five minutes weigh the same, as in Sloth's own budget.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from dashboard.durations import parse_duration
from dashboard.slo.indicators import Query, Ratio, Raw
from dashboard.slo.objective import Method, Slo
from dashboard.slo.windows import Rolling
from dashboard.sources.prometheus import selectors
from dashboard.sources.prometheus.decode import Series
from dashboard.timerange import DAY

SLICE = 300
# Pyrra without its generic rules records burn rates alone, under the names of the metrics.
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
SERVICES = ("sloth_service", "service", "service_name", "app", "component", "job")
TITLES = ("grafana_slo_name", "slo_name", "grafana_slo_title", "title", "name")
NO_COUNTS = "Sloth's rules keep ratios only: how many events there were is not known, each five minutes weigh the same"
MEANS = (
    "its burn rates over longer windows are means of five-minute ratios, not the ratios that Sloth records of them: "
    "where traffic is uneven, Sloth's own alerts may differ"
)
NO_WINDOW = "its window is not recorded: 30 days are taken"
NO_RATES = "its rates are not recorded at the moment: nothing can be counted"

Labels = Mapping[str, str]
Rows = Sequence[tuple[Labels, float]]


@dataclass(frozen=True, slots=True)
class _Rule:
    """One recorded objective: its name, labels and value, and the labels that no other of its tool has."""

    name: str
    labels: Labels
    value: float
    telling: Labels

    @property
    def matchers(self) -> str:
        return selectors.matchers(self.telling).rstrip(",")

    @property
    def service(self) -> str:
        return next((self.labels[name] for name in SERVICES if self.labels.get(name)), self.name)


class _Rules:
    """Recorded series by the name of their rule."""

    def __init__(self, series: Iterable[Series]) -> None:
        self._by_name: dict[str, list[tuple[Labels, float]]] = {}
        for one in series:
            labels = {label: value for label, value in one.metric.items() if label != "__name__"}
            value = float(one.value[1]) if one.value else float("nan")
            self._by_name.setdefault(one.metric.get("__name__", ""), []).append((labels, value))

    def of(self, metric: str, *ids: str) -> list[_Rule]:
        """The objectives of a rule, told apart by some labels, which they all must have."""
        rows = [(labels, value) for labels, value in self._by_name.get(metric, []) if all(map(labels.get, ids))]
        return [_rule(labels, value, ids, _differing(labels, rows, ids)) for labels, value in rows]

    def beside(self, metric: str, telling: Labels) -> tuple[Labels, float] | None:
        """The first series of another rule for the same objective."""
        every = self._by_name.get(metric, [])
        return next((row for row in every if telling.items() <= row[0].items()), None)

    def value(self, metric: str, telling: Labels) -> float | None:
        """What another rule says of the same objective; None where it says nothing."""
        found = self.beside(metric, telling)
        return found[1] if found and found[1] == found[1] else None

    @property
    def burning(self) -> set[str]:
        """Objectives of which Pyrra records burn rates."""
        rows = [labels for name, some in self._by_name.items() if name.endswith(":burnrate5m") for labels, _ in some]
        return {labels["slo"] for labels in rows if labels.get("slo")}


def question(match: str) -> str:
    """The one query that finds all of them; `match`: the operator's matchers."""
    return selectors.selector("", match, f'__name__=~"{"|".join((*METRICS, BURN_RATES))}"')


def recorded(series: Iterable[Series]) -> tuple[tuple[Slo, ...], tuple[str, ...]]:
    """Objectives in what `question` gave, each name once, and a sentence for each that cannot be read."""
    rules = _Rules(series)
    found = [kept for tool in (_ours, _sloth, _pyrra, _grafana) for kept in tool(rules)]
    made: dict[str, Slo] = {}
    for slo in found:
        if isinstance(slo, Slo):
            name = slo.name if slo.name not in made else f"{slo.name} ({slo.origin})"
            made.setdefault(name, replace(slo, name=name))
    return tuple(made.values()), tuple(note for note in found if isinstance(note, str))


def _differing(labels: Labels, rows: Rows, ids: Sequence[str]) -> list[str]:
    """Labels by which several of the same id are told apart, such as the cluster."""
    alike = [others for others, _ in rows if all(others[one] == labels[one] for one in ids)]
    names = {name for one in alike for name in one}
    return sorted(name for name in names if len({one.get(name) for one in alike}) > 1)


def _rule(labels: Labels, value: float, ids: Sequence[str], differing: Sequence[str]) -> _Rule:
    named = (labels[ids[0]], *(labels.get(name, "") for name in differing))
    telling = {name: labels.get(name, "") for name in (*ids, *differing)}
    return _Rule(" ".join(filter(None, named)), labels, value, telling)


# --- tools --------------------------------------------------------------------------------------------------------


def _ours(rules: _Rules) -> Iterator[Slo | str]:
    for one in rules.of("golden_signals:slo_objective", "slo", "service"):
        if rules.beside("golden_signals:slo_valid:slice", one.telling):
            yield f"our own objective {one.name} is not read: its slices are not five minutes long"
            continue
        valid, bad = (Query(f"golden_signals:slo_{side}:increase5m{{{one.matchers}}}") for side in ("valid", "bad"))
        window = rules.value("golden_signals:slo_window_seconds", one.telling)
        yield _slo(one, "golden-signals", Ratio(valid, bad=bad), window)


def _sloth(rules: _Rules) -> Iterator[Slo | str]:
    for one in rules.of("slo:objective:ratio", "sloth_id"):
        ratio = Raw(Query(f"slo:sli_error:ratio_rate5m{{{one.matchers}}}"), success=False)
        days = rules.value("slo:time_period:days", one.telling)
        title = one.labels.get("sloth_slo", "")
        yield _slo(one, "Sloth", ratio, days and days * DAY, title=title, notes=(NO_COUNTS, MEANS))


def _pyrra(rules: _Rules) -> Iterator[Slo | str]:
    every = rules.of("pyrra_objective", "slo")
    for one in every:
        requests, errors = (_of_rate(f"pyrra_{side}:rate5m", one.telling) for side in ("requests", "errors"))
        notes = () if rules.beside("pyrra_requests:rate5m", one.telling) else (NO_RATES,)
        yield _slo(one, "Pyrra", Ratio(requests, bad=errors), rules.value("pyrra_window", one.telling), notes=notes)
    lost = rules.burning - {one.labels["slo"] for one in every}
    if lost:
        yield f"Pyrra's objectives {', '.join(sorted(lost))} are not read: start Pyrra with --generic-rules"


def _grafana(rules: _Rules) -> Iterator[Slo | str]:
    for one in rules.of("grafana_slo_objective", "grafana_slo_uuid"):
        # Its window is a label of the objective, and of no rate.
        uuid = {"grafana_slo_uuid": one.labels["grafana_slo_uuid"]}
        indicator, notes = _of_grafana(rules, uuid)
        info = rules.beside("grafana_slo_info", uuid)
        title = next((info[0][label] for label in TITLES if info and info[0].get(label)), "")
        window = _grafana_window(rules, one.labels, uuid)
        yield _slo(one, "Grafana SLO", indicator, window, title=title, notes=notes)


def _of_grafana(rules: _Rules, uuid: Labels) -> tuple[Ratio | Raw, tuple[str, ...]]:
    """Its rates, or its SLI where it has none: some of its objectives are a query that gives a ratio."""
    rates = Ratio(_of_rate("grafana_slo_total_rate_5m", uuid), good=_of_rate("grafana_slo_success_rate_5m", uuid))
    if rules.beside("grafana_slo_total_rate_5m", uuid):
        return rates, ()
    if rules.beside("grafana_slo_sli_5m", uuid):
        return Raw(Query(f"avg({selectors.selector('grafana_slo_sli_5m', selectors.matchers(uuid))})")), ()
    return rates, (NO_RATES,)


def _grafana_window(rules: _Rules, labels: Labels, uuid: Labels) -> float | None:
    said = rules.value("grafana_slo_objective_window_seconds", uuid)
    if said is not None:
        return said
    try:
        return parse_duration(labels.get("grafana_slo_window", ""))
    except ValueError:
        return None


def _of_rate(metric: str, telling: Labels) -> Query:
    """Events of five minutes from their rate; summed, as some are recorded by labels."""
    return Query(f"{SLICE} * sum({selectors.selector(metric, selectors.matchers(telling))})")


def _slo(
    one: _Rule,
    tool: str,
    indicator: Ratio | Raw,
    window_s: float | None,
    *,
    title: str = "",
    notes: tuple[str, ...] = (),
) -> Slo | str:
    """An objective as recorded, or the sentence that says why there is none."""
    # Rules are written as 1 - 0.001 and the like, which floating point does not give back.
    objective = float(f"{one.value:.12g}")
    if not 0 < objective < 1:
        return f"{tool}'s objective {one.name} is not read: {objective:g} does not lie between 0 and 1"
    return Slo(
        service=one.service,
        name=one.name,
        indicator=indicator,
        objective=objective,
        kind=one.labels.get("kind") or "ratio",
        method=Method.OCCURRENCES if isinstance(indicator, Ratio) else Method.RATIO_TIMESLICES,
        window=Rolling(window_s) if window_s else Rolling(),
        slice_s=SLICE,
        title=title,
        origin=f"{tool} rules",
        notes=notes if window_s else (*notes, NO_WINDOW),
        labels={name: value for name, value in one.labels.items() if name not in ("kind", *one.telling)},
    )
