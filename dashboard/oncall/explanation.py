"""Which selections of label values the additional bad events come from, with the numbers that prove it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np

from dashboard.oncall.causes import Cause, causes
from dashboard.oncall.combinations import Combinations


class Verdict(StrEnum):
    """What an explanation says.

    CAUSES: selections stand out. NO_SINGLE_CAUSE: it is worse, and none does. NOT_WORSE: no more are bad than chance
    allows. NO_EVENTS: nothing was counted now, or nothing before. NO_LABELS: nothing tells events apart.
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
        """The share of bad events before, 0–1; None where there were none."""
        return self.bad_before / self.valid_before if self.valid_before > 0 else None

    @property
    def ratio(self) -> float | None:
        """The share of bad events now, 0–1; None where there are none."""
        return self.bad / self.valid if self.valid > 0 else None

    def without(self, other: "Counts") -> "Counts":
        """These and not others, which are among them."""
        pairs = ((getattr(self, name), getattr(other, name)) for name in self.__slots__)
        return Counts(*(max(mine - theirs, 0.0) for mine, theirs in pairs))


@dataclass(frozen=True, slots=True)
class Selection:
    """Events of one value of a label, or of a combination of values.

    Attributes:
        labels: name → value. `counts`: of its events.
        share_of_bad: of all bad events. `share_of_additional`: of those beyond what was to be expected: 0–1, above 1
            where it has more of them than the service, as others have become better; None without any.
        traffic_share: of all valid events.
        ratio_without: the share of bad events of the service without it; None where nothing else is left.
    """

    labels: dict[str, str]
    counts: Counts
    share_of_bad: float | None
    share_of_additional: float | None
    traffic_share: float | None
    ratio_without: float | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the additional bad events of a service have in common.

    Attributes:
        verdict: what it says. `counts`: of the whole service.
        additional: bad events beyond those that were to be expected.
        selections: the causes, strongest first.
        ratio_without: the share of bad events without all of them; None without any, or where nothing is left.
        labels: name → how many values it has, of all that were tried. `tried`: so many selections were.
        strongest: of the selections that are no cause the one that comes nearest; None where there is none.
    """

    verdict: Verdict
    counts: Counts
    additional: float = 0.0
    selections: tuple[Selection, ...] = ()
    ratio_without: float | None = None
    labels: dict[str, int] = field(default_factory=dict)
    tried: int = 0
    strongest: Selection | None = None


def explain(combinations: Combinations, alone: Sequence[Combinations] = ()) -> Explanation:
    """Find the smallest selections without which the share of bad events would be what it was.

    Args:
        combinations: events by all labels that fit together.
        alone: the same events by one further label each, which are tried where no cause is found before.
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
    # What all have in common tells nothing apart.
    kept = [place for place, codes in enumerate(combinations.codes) if (codes != codes[0]).any()]
    if not kept:
        return Explanation(Verdict.NO_LABELS, whole)
    combinations = combinations.only(kept)
    result = causes(combinations)
    selections = tuple(_selection(combinations, whole, result.additional, cause) for cause in result.causes)
    left = np.ones(len(combinations), dtype=bool)
    for cause in result.causes:
        left &= ~cause.inside
    verdict = Verdict.CAUSES if selections else Verdict.NO_SINGLE_CAUSE if result.is_worse else Verdict.NOT_WORSE
    return Explanation(
        verdict,
        whole,
        result.additional,
        selections,
        _counts(combinations, left).ratio if selections else None,
        {label: len(values) for label, values in zip(combinations.labels, combinations.values, strict=True)},
        result.tried,
        _selection(combinations, whole, result.additional, result.strongest) if result.strongest else None,
    )


def _selection(combinations: Combinations, whole: Counts, additional: float, cause: Cause) -> Selection:
    counts = _counts(combinations, cause.inside)
    return Selection(
        {combinations.labels[place]: combinations.values[place][code] for place, code in cause.values},
        counts,
        counts.bad / whole.bad if whole.bad > 0 else None,
        cause.additional / additional if additional > 0 else None,
        counts.valid / whole.valid if whole.valid > 0 else None,
        whole.without(counts).ratio,
    )


def _counts(combinations: Combinations, inside: np.ndarray) -> Counts:
    """Of the combinations that are inside, shape (C,)."""
    each = (combinations.bad_before, combinations.valid_before, combinations.bad, combinations.valid)
    return Counts(*(float(counts[inside].sum()) for counts in each))
