"""Prices of nodes and volumes from OpenCost: per hour, of a core, a GPU, a GiB of memory, a GiB of a volume.

Names, labels and units: https://opencost.io/docs/integrations/metrics
"""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from dashboard.capacity.prices import CORE, DISK_GIB, GPU, MEMORY_GIB, MONTH_HOURS, PriceOrigin, Prices
from dashboard.sources.priced import PriceAnswer
from dashboard.sources.prometheus.client.decode import Series
from dashboard.sources.prometheus.client.pooled_client import PooledClient
from dashboard.sources.prometheus.client.query_client import QueryResult
from dashboard.sources.prometheus.instrumentation import selectors

PURPOSE = "prices"
NAME = "OpenCost"
# Without `honor_labels`, these labels describe the scraped pod, and `exported_…` ones the node.
_NODE = ("exported_node", "node", "exported_instance", "instance")
_VOLUME = ("persistentvolume", "volumename")
# OpenCost's name of the cluster label; its `region` is that of the cloud, which other metrics do not have.
_CLUSTER, _REGION = "cluster_id", "region"

# (cluster, name of a node or volume); the cluster is empty without a label.
Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Priced:
    """A priced resource.

    Attributes:
        unit: the unit of the price. `price`: the metric, per hour.
        capacity: the metric of the amount, with its matchers.
        older: the name of that metric in kube-state-metrics 1, and in OpenCost in its place.
        names: labels with the node or volume; the first existing one is used.
        is_rare: a place without a capacity has none of it, whatever its price.
    """

    unit: str
    price: str
    capacity: tuple[str, str]
    older: str
    names: tuple[str, ...] = _NODE
    is_rare: bool = False


NODES = (
    _Priced(
        CORE, "node_cpu_hourly_cost", ("kube_node_status_capacity", 'resource="cpu"'),
        "kube_node_status_capacity_cpu_cores",
    ),
    _Priced(
        MEMORY_GIB, "node_ram_hourly_cost", ("kube_node_status_capacity", 'resource="memory"'),
        "kube_node_status_capacity_memory_bytes",
    ),
)  # fmt: skip
GPUS = _Priced(
    GPU, "node_gpu_hourly_cost", ("kube_node_status_capacity", 'resource=~".+_com_gpu"'),
    "node_gpu_count", is_rare=True,
)  # fmt: skip
VOLUMES = _Priced(DISK_GIB, "pv_hourly_cost", ("kube_persistentvolume_capacity_bytes", ""), "", _VOLUME)


@dataclass(frozen=True, slots=True)
class Mean:
    """Hourly prices of one unit in each place.

    Attributes:
        prices: by place. `unpriced`: places without a valid price. `weights`: amount in each place.
    """

    prices: Mapping[Place, float]
    unpriced: frozenset[Place]
    weights: Mapping[Place, float]

    def month(self, cluster: str | None = None) -> float | None:
        """Price per month, weighted by capacity; None without any.

        Args:
            cluster: restrict to its places; None: all.
        """
        places = [place for place in self.prices if cluster is None or place[0] == cluster]
        if not places:
            return None
        known = [self.weights[place] for place in places if place in self.weights]
        # A node of unknown size has the mean weight of the others.
        usual = sum(known) / len(known) if known else 1.0
        weights = [self.weights.get(place, usual) for place in places]
        hourly = sum(self.prices[place] * weight for place, weight in zip(places, weights, strict=True)) / sum(weights)
        return hourly * MONTH_HOURS


class NodePrices:
    """Requests prices.

    Args:
        client: sends queries. `matchers`: configured ones, each followed by a comma.
        cluster_labels: labels that may contain the cluster; the first existing one is used.
    """

    def __init__(self, client: PooledClient, matchers: str, cluster_labels: Sequence[str]) -> None:
        self._client, self._matchers = client, matchers
        self._clusters = (*(label for label in cluster_labels if label != _REGION), _CLUSTER)

    def answer(self, at: int) -> PriceAnswer:
        """Prices at a time; `at`: epoch seconds."""
        results: list[QueryResult] = []
        means = {kind.unit: self._mean(kind, at, results) for kind in (*NODES, GPUS, VOLUMES)}
        return PriceAnswer(
            prices_of(means, at),
            tuple(result.cost for result in results),
            partial=any(result.partial for result in results),
        )

    def _mean(self, kind: _Priced, at: int, results: list[QueryResult]) -> Mean:
        """Prices of one unit.

        Args:
            kind: the unit. `at`: epoch seconds. `results`: collects the results of the queries.
        """
        rows = self._rows(selectors.selector(kind.price, self._matchers), kind, at, results)
        prices, unpriced = _prices(rows)
        if not prices:
            return Mean({}, unpriced, {})
        metric, matchers = kind.capacity
        query = selectors.selector(metric, self._matchers, matchers)
        if kind.older:
            query += f" or {selectors.selector(kind.older, self._matchers)}"
        sizes = {place: value for place, _, value in self._rows(query, kind, at, results) if _counts(value)}
        weights = _weights(prices, sizes)
        if kind.is_rare and weights:
            prices = {place: prices[place] for place in weights}
        return Mean(prices, unpriced, weights)

    def _rows(
        self, query: str, kind: _Priced, at: int, results: list[QueryResult]
    ) -> list[tuple[Place, Mapping[str, str], float]]:  # fmt: skip
        """Place, labels and value of each series of a query.

        Args:
            query: PromQL. `kind`: the unit. `at`: epoch seconds. `results`: collects the result.
        """
        result = self._client.instant(query, at, PURPOSE)
        results.append(result)
        return [(self._place(each, kind), each.metric, _value(each)) for each in result.series]

    def _place(self, series: Series, kind: _Priced) -> Place:
        return _first(series.metric, self._clusters), _first(series.metric, kind.names)


def prices_of(means: Mapping[str, Mean], at: float) -> Prices:
    """Monthly prices, of all clusters and of each; empty if there are none.

    Args:
        means: for `core`, `memory_gib`, `gpu` and `disk_gib`. `at`: epoch seconds.
    """
    if not any(mean.prices for mean in means.values()):
        return Prices()
    clusters = {cluster for mean in means.values() for cluster, _ in mean.prices}
    nodes = [means[kind.unit] for kind in NODES]
    priced = {place for mean in nodes for place in mean.prices}
    weighed = {place for mean in nodes for place in mean.weights}
    return Prices(
        by_unit=_months(means, None),
        # If some have no cluster label, prices cannot be assigned to clusters.
        by_cluster={} if "" in clusters else {cluster: _months(means, cluster) for cluster in sorted(clusters)},
        origin=PriceOrigin(
            NAME,
            at,
            nodes=len(priced),
            unpriced=len(frozenset().union(*(mean.unpriced for mean in nodes)) - priced),
            unweighed=len(priced - weighed),
            volumes=len(means[VOLUMES.unit].prices),
        ),
    )


def _months(means: Mapping[str, Mean], cluster: str | None) -> dict[str, float]:
    months = {unit: mean.month(cluster) for unit, mean in means.items()}
    return {unit: price for unit, price in months.items() if price is not None}


def _prices(rows: Iterable[tuple[Place, Mapping[str, str], float]]) -> tuple[dict[Place, float], frozenset[Place]]:
    """Price of each place, and the places without a valid price.

    A node may have several series: from replicas of OpenCost, or a second one without its type and with a wrong price
    (https://github.com/opencost/opencost/issues/3620). Series with a type take precedence, and their mean is used.
    """
    seen: dict[Place, tuple[list[float], list[float]]] = {}
    for place, labels, value in rows:
        typed, untyped = seen.setdefault(place, ([], []))
        if _counts(value):
            (typed if labels.get("instance_type") else untyped).append(value)
    values = {place: typed or untyped for place, (typed, untyped) in seen.items()}
    prices = {place: sum(each) / len(each) for place, each in values.items() if each}
    return prices, frozenset(values.keys() - prices.keys())


def _weights(prices: Collection[Place], sizes: Mapping[Place, float]) -> dict[Place, float]:
    """The amount in each place; a metric without a cluster is joined by names that are unique to one place."""
    by_name: dict[str, list[float]] = {}
    for (_, name), size in sizes.items():
        by_name.setdefault(name, []).append(size)
    names = Counter(name for _, name in prices)
    weights: dict[Place, float] = {}
    for cluster, name in prices:
        alone = by_name.get(name, ())
        if (cluster, name) in sizes:
            weights[cluster, name] = sizes[cluster, name]
        elif len(alone) == 1 and names[name] == 1:
            weights[cluster, name] = alone[0]
    return weights


def _counts(value: float) -> bool:
    return math.isfinite(value) and value > 0


def _first(labels: Mapping[str, str], names: Iterable[str]) -> str:
    return next((labels[name] for name in names if labels.get(name)), "")


def _value(series: Series) -> float:
    assert series.value is not None, "an instant query gives one"
    return float(series.value[1])
