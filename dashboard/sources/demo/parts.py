"""Splits the demo's services by route, instance, version …: the parts add up to the whole, and some cause failures."""

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np

from dashboard.slo.indicators import Key
from dashboard.sources.demo.parts_of import ROLLED_OUT, SPREADS, uniform, weights_of
from dashboard.sources.demo.scenario import DemoIncident, DemoService, DemoSignal
from dashboard.sources.demo.steps import cells
from dashboard.sources.demo.world import World, strength
from dashboard.timerange import Grid

Values = dict[Key, np.ndarray]
# How far medians of parts lie from that of the whole, as a logarithm; other labels tell less of a request.
SPREAD = {"route": 0.55, "method": 0.3}
# Of what an incident adds, the guilty part has so much; the rest is spread over all.
GUILT = 0.99
# Requests of one part are more alike than those of the whole: how much sharper their distribution is.
SHARPER = 1.8
# Between the values of several labels.
JOINT = "\0"
# Rounds until requests of each part and of each bucket are what they should be.
ROUNDS = 8


class Parts:
    """The parts of a service by some of its labels, of numbers of the whole that are already known.

    Args:
        world: where the service is. `service`: which. `labels`: one of its labels or several. `grid`: of the numbers.

    Attributes:
        values_of: of the labels, for each part.
    """

    def __init__(self, world: World, service: DemoService, labels: Sequence[str], grid: Grid) -> None:
        self._service, self._labels, self._grid = service, tuple(labels), grid
        weights = [weights_of(service, label) for label in labels]
        self.values_of = list(product(*weights))
        # The usual share of each value, shape (labels, parts, 1): requests are spread over labels independently.
        self._weights = np.array(
            [
                [each[value] for value in column]
                for each, column in zip(weights, zip(*self.values_of, strict=True), strict=True)
            ]
        )[:, :, None]
        self._world, self._cells = world, cells(grid)
        relative = world.relative(self._cells)
        self._incidents = [
            (incident, self._mean(strength(incident, relative)))
            for incident in world.incidents
            if incident.service == service.name
        ]

    def values(self, whole: Values) -> Iterator[tuple[Key, np.ndarray]]:
        """(values of the part, measure, detail) and its numbers, shape (grid,); NaN where the whole is.

        Several values are joined by a character that no value holds.

        Args:
            whole: (service, measure, detail) → rates at the grid, shape (grid,).
        """
        name, shares = self._service.name, self._shares()
        failed = self._failed(shares, whole)
        answered = self._answered(shares, whole)
        refused = whole[(name, "errors", "client")] * _ratio(answered[-1], whole[(name, "latency", "inf")])
        hung = _ratio(failed, whole[(name, "errors", "server")])
        for place, part in enumerate(map(JOINT.join, self.values_of)):
            yield (part, "requests", ""), answered[-1, place] + failed[place]
            yield (part, "errors", "server"), failed[place]
            yield (part, "errors", "client"), refused[place]
            for row, detail in enumerate(_details(whole, "latency")):
                yield (part, "latency", detail), answered[row, place]
            for detail in _details(whole, "failed_latency"):
                yield (part, "failed_latency", detail), whole[(name, "failed_latency", detail)] * hung[place]

    def requests(self, whole: Values) -> dict[str, np.ndarray]:
        """The part → its requests alone, shape (grid,), without fitting the buckets of all parts.

        Args:
            whole: (service, measure, detail) → rates of requests and failures, shape (grid,).
        """
        shares, requests = self._shares(), whole[(self._service.name, "requests", "")]
        answered = requests - whole[(self._service.name, "errors", "server")]
        return dict(zip(map(JOINT.join, self.values_of), shares * answered + self._failed(shares, whole), strict=True))

    def _failed(self, shares: np.ndarray, whole: Values) -> np.ndarray:
        """The failed requests of each part, shape (parts, grid); `shares`: of the requests. `whole`: rates."""
        return self._failures(shares) * whole[(self._service.name, "errors", "server")]

    def _shares(self) -> np.ndarray:
        """How many of the requests each part has, shape (parts, grid)."""
        usual = self._weights.prod(axis=0)
        shares = np.repeat(usual, len(self._grid), axis=1)
        for incident, level in self._incidents:
            guilty, new = self._guilty(incident), self._rolled_out(incident)
            if incident.signal is DemoSignal.TRAFFIC and guilty.any():
                shares = np.maximum(shares + incident.size * level * self._blame(incident, shares), 0.01 * shares)
                shares = shares / shares.sum(axis=0)
            elif new.any():
                others = np.where(self._weights == 0, 1.0, self._weights).prod(axis=0)
                shares = np.where(new, ROLLED_OUT * level * others, (1 - ROLLED_OUT * level) * usual)
        return shares

    def _rolled_out(self, incident: DemoIncident) -> np.ndarray:
        """Parts of a value that is there as long as an incident lasts, shape (parts, 1)."""
        new = np.zeros((len(self.values_of), 1), dtype=bool)
        for label, weights, values in zip(self._labels, self._weights, zip(*self.values_of, strict=True), strict=True):
            new |= (weights == 0) & (np.array(values) == incident.guilty.get(label, ""))[:, None]
        return new

    def _failures(self, shares: np.ndarray) -> np.ndarray:
        """How many of the failures each part has, shape (parts, grid); `shares`: of the requests."""
        usual = shares * self._service.failing
        for incident, level in self._incidents:
            if incident.signal is DemoSignal.ERRORS:
                usual = usual + incident.size * level * self._blame(incident, shares)
        # A service that never fails has no failures to share.
        return _ratio(usual, usual.sum(axis=0))

    def _answered(self, shares: np.ndarray, whole: Values) -> np.ndarray:
        """Successful requests at or under each bound, shape (bounds, parts, grid): fast parts have the fast ones.

        Counts of buckets are given to parts so that both the requests of a part and those of a bucket stay what they
        are: https://en.wikipedia.org/wiki/Iterative_proportional_fitting

        Args:
            shares: of the requests, shape (parts, grid). `whole`: rates of the service.
        """
        details = _details(whole, "latency")
        within = np.array([whole[(self._service.name, "latency", detail)] for detail in details])
        counts = np.diff(within, axis=0, prepend=0.0)[:, None, :]
        bounds = np.array([float(detail) for detail in details])[:, None, None]
        below = 1 / (1 + (self._medians() / bounds) ** (SHARPER * self._service.sharpness))
        # No bucket is without any part that may have its requests.
        requests = (np.diff(below, axis=0, prepend=0.0) + 1e-9) * shares
        wanted = shares * within[-1]
        for _ in range(ROUNDS):
            requests = requests * _ratio(wanted, requests.sum(axis=0))
            requests = requests * _ratio(counts, requests.sum(axis=1, keepdims=True))
        answered: np.ndarray = np.where(np.isnan(counts), np.nan, requests).cumsum(axis=0)
        return answered

    def _medians(self) -> np.ndarray:
        """The median latency of each part, seconds, shape (parts, grid): no two are alike, guilty ones are slower."""
        away = sum(
            self._away(label, values)
            for label, values in zip(self._labels, zip(*self.values_of, strict=True), strict=True)
        )
        medians: np.ndarray = np.exp(away)[:, None] * self._mean(self._world.median(self._service, self._cells))
        for incident, level in self._incidents:
            guilty = self._guilty(incident)
            if incident.signal is DemoSignal.LATENCY and guilty.any():
                # The whole is slow already: what is not guilty is less so.
                slow = incident.size * level
                medians = medians * np.where(guilty, 1.0, (1 + SPREADS * slow) / (1 + slow))
        return medians

    def _away(self, label: str, values: Sequence[str]) -> np.ndarray:
        """How far the medians of the values of a label lie from that of the whole, as logarithms, shape (parts,)."""
        names = list(weights_of(self._service, label))
        place = uniform(np.arange(len(names)), 3 * len(self._service.name) + len(label))
        away: np.ndarray = SPREAD.get(label, 0.1) * (2 * place - 1)
        return away[[names.index(value) for value in values]]

    def _blame(self, incident: DemoIncident, shares: np.ndarray) -> np.ndarray:
        """How much of what an incident adds each part has, shape (parts, grid); `shares`: of the requests."""
        guilty = self._guilty(incident)
        own = _ratio(guilty * shares, (guilty * shares).sum(axis=0))
        blame: np.ndarray = GUILT * own + (1 - GUILT) * shares if guilty.any() else shares
        return blame

    def _guilty(self, incident: DemoIncident) -> np.ndarray:
        """Which parts an incident comes from, shape (parts, 1); none if it concerns all of them."""
        named = {place: incident.guilty[label] for place, label in enumerate(self._labels) if label in incident.guilty}
        return np.array(
            [[bool(named) and all(part[place] == value for place, value in named.items())] for part in self.values_of]
        )

    def _mean(self, values: np.ndarray) -> np.ndarray:
        """Of the cells of each step."""
        means: np.ndarray = values.reshape(len(self._grid), -1).mean(axis=1)
        return means


def _details(whole: Values, measure: str) -> list[str]:
    """The bounds of a measure, ascending."""
    return sorted((detail for _, each, detail in whole if each == measure), key=float)


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """0 if the whole is nothing or unknown."""
    part, whole = np.broadcast_arrays(part, whole)
    ratio: np.ndarray = np.divide(part, whole, out=np.zeros(part.shape), where=whole > 0)
    return ratio
