"""The queries behind an objective, each below a comment that says what it counts."""

from collections.abc import Callable, Iterator

from dashboard.slo.indicators import Column, Composite, Indicator, Ratio, Raw, Term, Threshold
from dashboard.ui.text import units

# Writes the count of a column in the query language of the source.
Expression = Callable[[Column], str]


def queries_of(indicator: Indicator, expression: Expression) -> Iterator[str]:
    """The query of each count, preceded by a comment that says what it counts."""
    match indicator:
        case Composite(parts):
            for part in parts:
                yield f"# a part of weight {part.weight:g}, with an objective of {units.objective(part.objective)}"
                yield from queries_of(part.indicator, expression)
        case Ratio(valid, good, bad):
            yield from _query("valid events", valid, expression)
            yield from _query("good events", good, expression)
            yield from _query("bad events", bad, expression)
        case Raw(ratio, success):
            yield from _query(f"share of {'good' if success else 'bad'} events", ratio, expression)
        case Threshold(value, op, limit):
            yield from _query(f"good while {op.symbol} {limit:g}", value, expression)


def _query(what: str, term: Term | None, expression: Expression) -> Iterator[str]:
    if term is None:
        return
    if isinstance(term, Column):
        yield f"# {what}"
        yield expression(term)
    else:
        yield f"# {what}{', its increase' if term.counter else ''}"
        yield term.text
