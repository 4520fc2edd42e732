"""Which selections of label values explain the additional bad events, with their numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np

from dashboard.oncall.causes import Cause, causes
from dashboard.oncall.combinations import Combinations
from dashboard.oncall.expectations import expectations
from dashboard.oncall.spreads import Spread, spreads

# (position of the label, position of its value), by label.
_Values = tuple[tuple[int, int], ...]


class Verdict(StrEnum):
    """The result of an explanation.

    CAUSES: selections stand out. NO_SINGLE_CAUSE: it is worse, and none does. NOT_WORSE: no more are bad than by
    chance. NO_EVENTS: nothing was counted now, or nothing before. NO_LABELS: there are no labels to compare.
    """

    CAUSES = "causes"
    NO_SINGLE_CAUSE = "no single cause"
    NOT_WORSE = "not worse"
    NO_EVENTS = "no events"
    NO_LABELS = "no labels"


@dataclass(frozen=True, slots=True)
class Counts:
    """Bad and valid events before and now."""

    bad_before: float
    valid_before: float
    bad: float
    valid: float

    @property
    def ratio_before(self) -> float | None:
        """The share of bad events before, 0–1; None if there were none."""
        return self.bad_before / self.valid_before if self.valid_before > 0 else None

    @property
    def ratio(self) -> float | None:
        """The share of bad events now, 0–1; None if there are none."""
        return self.bad / self.valid if self.valid > 0 else None

    def without(self, other: "Counts") -> "Counts":
        """The difference of these events and others, which are a part of them."""
        pairs = ((getattr(self, name), getattr(other, name)) for name in self.__slots__)
        return Counts(*(max(mine - theirs, 0.0) for mine, theirs in pairs))


@dataclass(frozen=True, slots=True)
class Selection:
    """Events of one value of a label, or of a combination of values.

    Attributes:
        labels: name → value. `counts`: of its events.
        share_of_bad: of all bad events. `share_of_additional`: of those beyond the expected ones: 0–1, above 1
            if it has more of them than the service, as others have become better; None without any.
        traffic_share: of all valid events.
        ratio_without: the share of bad events of the service without it; None if nothing else remains.
        additional: bad events beyond the expected ones.
        like: if it had no events before, as with a new version, the labels of those whose earlier ratio is used
            instead: itself without the new values, or no label for the whole service. None if it had some.
        ratio_like: their share of bad events before, 0–1; None if it had events itself.
    """

    labels: dict[str, str]
    counts: Counts
    share_of_bad: float | None
    share_of_additional: float | None
    traffic_share: float | None
    ratio_without: float | None
    additional: float = 0.0
    like: dict[str, str] | None = None
    ratio_like: float | None = None

    @property
    def usual_ratio(self) -> float | None:
        """The share of bad events before, its own or that of `like`; None if neither is known."""
        return self.counts.ratio_before if self.like is None else self.ratio_like


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the additional bad events of a service have in common.

    Attributes:
        verdict: the result. `counts`: of the whole service.
        additional: bad events beyond the expected ones.
        selections: the causes, strongest first. `parts`: for causes of several labels, what each label selects alone;
            without causes, the closest candidate of each label.
        rest: everything outside of the causes; None without causes.
        spreads: how the additional events of the causes, or of all without causes, are distributed over other labels.
        ratio_without: the share of bad events without all causes; None without any, or if nothing remains.
        labels: name → number of values, of all labels tried. `tried`: number of selections.
        strongest: the closest candidate among selections that are not a cause; None if there is none.
    """

    verdict: Verdict
    counts: Counts
    additional: float = 0.0
    selections: tuple[Selection, ...] = ()
    ratio_without: float | None = None
    labels: dict[str, int] = field(default_factory=dict)
    tried: int = 0
    strongest: Selection | None = None
    parts: tuple[Selection, ...] = ()
    rest: Selection | None = None
    spreads: tuple[Spread, ...] = ()


def explain(combinations: Combinations, alone: Sequence[Combinations] = ()) -> Explanation:
    """Find the smallest selections without which the share of bad events would be as before.

    Args:
        combinations: events by all labels that fit together.
        alone: the same events by one further label each; tried in turn until a cause is found.
    """
    explanation = _explained(combinations)
    for table in alone:
        single = _explained(table)
        labels, tried = explanation.labels | single.labels, explanation.tried + single.tried
        is_better = explanation.verdict is not Verdict.CAUSES and single.verdict is Verdict.CAUSES
        explanation = replace(single if is_better else explanation, labels=labels, tried=tried)
    return explanation


def _explained(combinations: Combinations) -> Explanation:
    whole = _counts(combinations, np.ones(len(combinations), dtype=bool))
    if whole.ratio is None or whole.ratio_before is None:
        return Explanation(Verdict.NO_EVENTS, whole)
    # A label with a single value distinguishes nothing.
    kept = [place for place, codes in enumerate(combinations.codes) if (codes != codes[0]).any()]
    if not kept:
        return Explanation(Verdict.NO_LABELS, whole)
    combinations = combinations.only(kept)
    result = causes(combinations)
    left = np.ones(len(combinations), dtype=bool)
    for cause in result.causes:
        left &= ~cause.inside
    select = _Selecting(combinations, whole, result.additional)
    selections = tuple(select.of(cause.values) for cause in result.causes)
    verdict = Verdict.CAUSES if selections else Verdict.NO_SINGLE_CAUSE if result.is_worse else Verdict.NOT_WORSE
    named = {place for cause in result.causes for place, _ in cause.values}
    others = spreads(combinations, select.usual, ~left if selections else left, named)
    return Explanation(
        verdict,
        whole,
        result.additional,
        selections,
        _counts(combinations, left).ratio if selections else None,
        {label: len(values) for label, values in zip(combinations.labels, combinations.values, strict=True)},
        result.tried,
        select.of(result.strongest.values) if result.strongest else None,
        tuple(map(select.of, _parts(result.causes) if selections else _worst(combinations, others))),
        select.inside(left, {}) if selections else None,
        others,
    )


def _parts(every: Sequence[Cause]) -> list[_Values]:
    """Single values of causes that have several, without duplicates."""
    return list(dict.fromkeys((value,) for cause in every if len(cause.values) > 1 for value in cause.values))


def _worst(table: Combinations, every: Sequence[Spread]) -> list[_Values]:
    """For each label the value with the most additional events beyond its share of the requests, clearest first."""
    clearest = sorted(every, key=lambda spread: spread.traffic_share - spread.share)
    places = [(table.labels.index(spread.label), spread) for spread in clearest]
    return [((place, table.values[place].index(spread.worst)),) for place, spread in places]


class _Selecting:
    """Selections of a table with their numbers.

    Args:
        table: events. `whole`: all of them. `worse`: bad events of the service beyond the expected ones.

    Attributes:
        usual: expected bad events of each combination, shape (C,).
    """

    def __init__(self, table: Combinations, whole: Counts, worse: float) -> None:
        self._table, self._whole, self._worse = table, whole, worse
        self.usual = expectations(table).bad

    def of(self, values: _Values) -> Selection:
        """The selection by some values; `values`: (position of the label, position of its value)."""
        labels = {self._table.labels[place]: self._table.values[place][code] for place, code in values}
        selection = self.inside(self._mask(values), labels)
        if selection.counts.valid_before > 0:
            return selection
        known = tuple(value for value in values if self._table.valid_before[self._mask((value,))].sum() > 0)
        like = {self._table.labels[place]: self._table.values[place][code] for place, code in known}
        return replace(selection, like=like, ratio_like=_counts(self._table, self._mask(known)).ratio_before)

    def inside(self, inside: np.ndarray, labels: dict[str, str]) -> Selection:
        """The selection of some combinations, shape (C,); `labels`: that select them."""
        whole, counts = self._whole, _counts(self._table, inside)
        additional = float((self._table.bad - self.usual)[inside].sum())
        return Selection(
            labels,
            counts,
            counts.bad / whole.bad if whole.bad > 0 else None,
            additional / self._worse if self._worse > 0 else None,
            counts.valid / whole.valid if whole.valid > 0 else None,
            whole.without(counts).ratio,
            additional,
        )

    def _mask(self, values: _Values) -> np.ndarray:
        inside = np.ones(len(self._table), dtype=bool)
        for place, code in values:
            inside &= self._table.codes[place] == code
        return inside


def _counts(combinations: Combinations, inside: np.ndarray) -> Counts:
    """Counts of the combinations inside, shape (C,)."""
    each = (combinations.bad_before, combinations.valid_before, combinations.bad, combinations.valid)
    return Counts(*(float(counts[inside].sum()) for counts in each))
