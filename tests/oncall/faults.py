"""Services with one or two faults, drawn at random: skewed traffic, labels that differ, noise that labels share.

A fault touches the values of other labels unevenly, as faults do, and is known by its selections; a service that is
worse alike everywhere has none.
"""

from dataclasses import dataclass, field

import numpy as np

from dashboard.oncall.combinations import Combinations

Selection = frozenset[tuple[str, str]]
SIZES = (2, 2, 3, 4, 5, 6, 8, 10, 20)
COMBINATIONS_MAX, MINUTES_BEFORE = 6000, 10


@dataclass
class Service:
    """A service by its labels.

    Attributes:
        rng: draws all of it. `sizes`: values of each label. `codes`: of each combination, shape (labels, C).
        traffic: events of each combination in a minute. `ratio`: the usual share of bad ones of each.
        noise: how much ratios wobble from minute to minute, as a logarithm.
    """

    rng: np.random.Generator
    sizes: list[int] = field(init=False)
    codes: np.ndarray = field(init=False)
    traffic: np.ndarray = field(init=False)
    ratio: np.ndarray = field(init=False)
    noise: float = field(init=False)

    def __post_init__(self) -> None:
        rng = self.rng
        self.sizes = rng.choice(SIZES, rng.integers(3, 6)).tolist()
        while np.prod(self.sizes) > COMBINATIONS_MAX:
            self.sizes[int(np.argmax(self.sizes))] //= 2
        self.codes = np.array(np.unravel_index(np.arange(np.prod(self.sizes)), self.sizes))
        share = self._by_labels(0.3, 1.8) * rng.lognormal(0, rng.uniform(0.2, 1.0), self.codes.shape[1])
        self.traffic = share / share.sum() * 10 ** rng.uniform(3, 5.5)
        usual = self._by_labels(0.1, 1.0) * rng.lognormal(0, rng.uniform(0.05, 0.5), self.codes.shape[1])
        usual *= 10 ** rng.uniform(-3, -1) * self.traffic.sum() / (usual * self.traffic).sum()
        self.ratio, self.noise = np.minimum(usual, 0.6), rng.uniform(0, 0.3)

    def _by_labels(self, least: float, most: float) -> np.ndarray:
        """A factor of each combination that is made of those of its values, shape (C,)."""
        effects = [self.rng.normal(0, self.rng.uniform(least, most), size) for size in self.sizes]
        return np.exp(sum(effect[codes] for effect, codes in zip(effects, self.codes, strict=True)))

    def minute(self, ratio: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Bad and valid events of a minute; `ratio`: the share of bad ones without noise."""
        valid = self.rng.poisson(self.traffic * self.rng.lognormal(0, 0.03))
        own = self.rng.normal(0, self.noise, len(ratio)) + self.rng.normal(0, 0.1)
        labels = zip(self.sizes, self.codes, strict=True)
        shared = sum(self.rng.normal(0, self.noise / 2, size)[codes] for size, codes in labels)
        bad = self.rng.binomial(valid, np.minimum(ratio * np.exp(own + shared), 0.95))
        return bad.astype(float), valid.astype(float)

    def inside(self, labels: list[int], values: list[int]) -> np.ndarray:
        """Which combinations have these values of labels, shape (C,)."""
        return np.all([self.codes[label] == value for label, value in zip(labels, values, strict=True)], axis=0)

    def fault(self, labels: list[int], inside: np.ndarray) -> np.ndarray:
        """Ratios with a fault inside; it adds between four tenths and three times all the usual bad events.

        Args:
            labels: that the fault is of. `inside`: its combinations, shape (C,).
        """
        rng, usual = self.rng, self.ratio * self.traffic
        uneven = rng.normal(0, 0.25, len(inside))
        spread = rng.uniform(0, 1.2)
        for label, size in enumerate(self.sizes):
            if label not in labels:
                uneven = uneven + rng.normal(0, spread, size)[self.codes[label]]
        # It fails more where it failed before, or as much everywhere.
        weight = np.exp(uneven) * (self.ratio if rng.random() < 0.5 else 1.0) * inside
        added: np.ndarray = weight * rng.uniform(0.4, 3.0) * usual.sum() / (weight * self.traffic).sum()
        return self.ratio + added


def drawn_fault(seed: int) -> tuple[Combinations, list[Selection]]:
    """Ten minutes before and one now, and the selections at fault; none where it is worse alike everywhere."""
    rng = np.random.default_rng(seed)
    service = Service(rng)
    now, guilty = service.ratio, []
    kind = rng.choice(["one", "two", "everywhere"], p=[0.7, 0.15, 0.15])
    if kind == "everywhere":
        now = now * rng.uniform(1.7, 4)
    labels = sorted(rng.choice(len(service.sizes), rng.choice([1, 2, 3], p=[0.5, 0.35, 0.15]), replace=False).tolist())
    for _ in range(0 if kind == "everywhere" else 200):
        values = [int(rng.integers(service.sizes[label])) for label in labels]
        inside = service.inside(labels, values)
        selection = frozenset((f"l{label}", f"v{value}") for label, value in zip(labels, values, strict=True))
        share = service.traffic[inside].sum() / service.traffic.sum()
        if not 0.005 <= share <= 0.6 or inside.sum() < 2 or selection in guilty:
            continue
        guilty.append(selection)
        now = now + service.fault(labels, inside) - service.ratio
        if len(guilty) == (2 if kind == "two" else 1):
            break
    before = [service.minute(service.ratio) for _ in range(MINUTES_BEFORE)]
    bad_before, valid_before = (np.sum(counts, axis=0) for counts in zip(*before, strict=True))
    counts = np.array([bad_before, valid_before, *service.minute(now)])
    keys = [tuple(f"v{code}" for code in codes) for codes in service.codes.T.tolist()]
    return Combinations.of([f"l{label}" for label in range(len(service.sizes))], keys, counts), guilty
