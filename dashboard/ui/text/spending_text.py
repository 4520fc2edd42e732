"""Short texts about what spends a budget: for tables, and for lines beside a chart."""

from collections.abc import Iterator, Sequence
from typing import Final

from dashboard.incidents.context import Spending
from dashboard.oncall.explanation import Explanation, Selection, Verdict
from dashboard.oncall.spans import BadEvents, Spans
from dashboard.oncall.spreads import Spread
from dashboard.ui.text import explanation_text, moments, units
from dashboard.ui.text.explanation_text import listed

EVENTS: Final = {BadEvents.FAILED: "failures", BadEvents.SLOW: "slow requests"}
PARTS: Final = {2: "both", 3: "all three"}
ALL_ELSE = "everything else"
# Maximum number of labels to list if there is no single cause.
LISTED: Final = 5
WORKING = "Working out what spends the budget …"
OVERLAP = "Additional: beyond the ratio before. Selections overlap, so that their shares do not add up."


def title(*, is_over: bool) -> str:
    """The title of the table; `is_over`: it is about the past."""
    return "What spent the budget" if is_over else "What spends the budget"


def measured(bad: BadEvents, spans: Spans, zone: str) -> str:
    """A description of the table's data.

    Args:
        bad: the kind of bad events. `spans`: the explained one and the one before. `zone`: IANA name for times.
    """
    return f"which labels hold the additional {EVENTS[bad]}, {moments.between(*_explained(spans), zone)}"


def additional(explanation: Explanation, bad: BadEvents) -> str:
    """The number of bad events beyond the expected ones; `bad`: their kind."""
    return f"{units.count(max(explanation.additional, 0.0))} additional {EVENTS[bad]}"


def compared(spans: Spans, zone: str) -> str:
    """The span to compare with; `zone`: IANA name of the time zone of times."""
    begin, end = (moment - spans.shift for moment in _explained(spans))
    return f"Compared with {moments.between(begin, end, zone)}."


def _explained(spans: Spans) -> tuple[float, float]:
    return spans.end - spans.seconds, spans.end


def rows(explanation: Explanation) -> list[Selection]:
    """The rows of the table: the causes, what each of their labels selects alone, the rest; empty without a cause."""
    if explanation.verdict not in (Verdict.CAUSES, Verdict.NO_SINGLE_CAUSE):
        return []
    parts = explanation.parts if explanation.selections else explanation.parts[:LISTED]
    rest = [explanation.rest] if explanation.rest is not None else []
    return [*explanation.selections, *parts, *rest]


def story(spending: Spending, zone: str) -> Iterator[str]:
    """What spent the budget, in sentences for later readers; `zone`: IANA name for times."""
    explanation = spending.explanation
    further = f" {spreads(explanation.spreads)}" if explanation.selections and explanation.spreads else ""
    yield explanation_text.sentence(explanation, spending.bad, is_over=True) + further
    now, before = (moments.between(end - spending.spans.seconds, end, zone) for end in reversed(spending.spans.ends))
    yield f"Requests of {now}, compared with those of {before}."
    if listed_rows := rows(explanation):
        yield OVERLAP
        yield from likened(listed_rows)
    yield from (f"{name} is not combined with other labels: {why}." for name, why in spending.unused)


def likened(selections: Sequence[Selection]) -> Iterator[str]:
    """A sentence for each selection whose earlier ratio was estimated from others."""
    for selection in selections:
        if selection.like is not None and selection.ratio_like is not None:
            others = explanation_text.selected(selection.like) or "the whole service"
            named = explanation_text.selected(selection.labels)
            yield f"{named} had no requests before: its ratio before is that of {others}."


def spread(each: Spread) -> str:
    """How additional events are distributed over a label, without its name: even over all 12."""
    if each.is_even:
        return f"no single one: even over {_all(each.values)}"
    worst = each.worst or explanation_text.EMPTY
    return f"{worst} has {units.share(each.share)}, with {units.share(each.traffic_share)} of the requests"


def spreads(every: Sequence[Spread]) -> str:
    """What further labels show, in a sentence or two; empty if there are none."""
    even = [f"{_all(each.values)} of {each.label}" for each in every if each.is_even]
    sentences = [f"They are even over {listed(even)}."] if even else []
    sentences += [f"By {each.label}, {spread(each)}." for each in every if not each.is_even]
    return " ".join(sentences)


def _all(count: int) -> str:
    return "both" if count == 2 else f"all {units.count(count)}"
