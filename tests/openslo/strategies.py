"""Any SLO that can be written, as Hypothesis generates them."""

from datetime import datetime
from typing import Any

from hypothesis import strategies as st

from dashboard import buckets
from dashboard.openslo.annotations import PREFIX
from dashboard.openslo.indicator_kind import infer_kind, infer_limit
from dashboard.openslo.time_slices import is_sampled
from dashboard.slo.indicators import Column, Composite, Indicator, Op, Part, Query, Ratio, Raw, Simple, Threshold
from dashboard.slo.objective import Credit, Method, Sla, Slo
from dashboard.slo.policy import WEEKLY, WORKBOOK, Policy, Row
from dashboard.slo.windows import Calendar, Rolling, Unit, Window

# What YAML can hold, without the space around it that nobody means.
LETTERS = st.characters(
    codec="utf-8", exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff\u2028\u2029\ufffe\uffff"
)
TEXTS = st.text(st.one_of(LETTERS, st.sampled_from("\n\t:#'\"{}[]-&*!|>%@`,? ")), min_size=1, max_size=40)
WORDS = TEXTS.map(lambda text: " ".join(text.split())).filter(bool)
NAMES = st.one_of(st.from_regex("[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,8}){0,2}", fullmatch=True), WORDS)
# Those with the prefix are this product's own.
LABELS = WORDS.filter(lambda word: not word.startswith(PREFIX))
BLOCKS = TEXTS.map(str.strip).filter(bool)
SHARES = st.one_of(
    st.sampled_from([0.9, 0.99, 0.995, 0.999, 0.9999]), st.floats(0.0001, 0.9999, allow_nan=False, width=64)
)
POSITIVE = st.floats(1e-6, 1e6, allow_nan=False)
NUMBERS = st.floats(-1e9, 1e9, allow_nan=False)
SLICES = [15, 30, 60, 300, 600, 900, 1800, 3600, 7200, 86400]
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])


def queries() -> st.SearchStrategy[Query]:
    texts = st.one_of(BLOCKS, st.just('sum(x_bucket{le="0.4"})'), st.just("sum(rate(x[5m]))"))
    return st.builds(Query, texts, st.booleans())


def bounds() -> st.SearchStrategy[str]:
    return st.one_of(st.just("inf"), st.floats(0.001, 100).map(buckets.bound_text))


def counts() -> st.SearchStrategy[Column]:
    return st.one_of(
        st.builds(Column, WORDS, st.just("requests")),
        st.builds(Column, WORDS, st.just("errors"), st.sampled_from(["server", "client"])),
        st.builds(Column, WORDS, st.sampled_from(["latency", "failed_latency"]), bounds()),
    )


def gauges() -> st.SearchStrategy[Column]:
    return st.one_of(
        st.builds(Column, WORDS, st.sampled_from(["saturation", "usage"]), WORDS),
        st.builds(Column, WORDS, st.just("quantile"), st.sampled_from(["0.5", "0.95", "0.99"])),
        st.builds(Column, WORDS, st.sampled_from(["mean", "age"])),
    )


def ratios() -> st.SearchStrategy[Ratio]:
    terms = st.one_of(queries(), counts())
    return st.one_of(
        st.builds(lambda valid, good: Ratio(valid, good=good), terms, terms),
        st.builds(lambda valid, bad: Ratio(valid, bad=bad), terms, terms),
    )


def simple() -> st.SearchStrategy[Simple]:
    return st.one_of(
        ratios(),
        st.builds(Raw, st.one_of(queries(), gauges()), st.booleans()),
        st.builds(Threshold, st.one_of(queries(), gauges()), st.sampled_from(list(Op)), NUMBERS),
    )


def composites() -> st.SearchStrategy[Composite]:
    parts = st.builds(Part, simple(), SHARES, POSITIVE)
    return st.builds(Composite, st.lists(parts, min_size=1, max_size=3).map(tuple))


def calendars() -> st.SearchStrategy[Calendar]:
    starts = st.datetimes(datetime(1971, 1, 1), datetime(2099, 1, 1)).map(lambda moment: moment.replace(microsecond=0))
    return st.one_of(
        st.builds(Calendar, st.sampled_from(list(Unit)), st.integers(1, 4), ZONES, starts),
        st.builds(
            lambda unit, count, zone: Calendar(unit, count, zone, rolling=True),
            st.sampled_from([Unit.MONTH, Unit.QUARTER, Unit.YEAR]),
            st.integers(1, 4),
            ZONES,
        ),
    )


def windows() -> st.SearchStrategy[Window]:
    return st.one_of(st.integers(2, 500_000).map(lambda minutes: Rolling(60.0 * minutes)), calendars())


@st.composite
def rows(draw: st.DrawFn, most: float) -> Row:
    long_s = draw(st.one_of(st.sampled_from([3600.0, 21600.0, 259200.0]), st.floats(120, 1e6)))
    short_s = draw(st.one_of(st.just(long_s / 12), st.floats(1, long_s * 0.99)))
    factor = draw(st.one_of(st.none(), st.floats(most / 1e4, most * 0.999)))
    share = draw(st.floats(1e-4, 1))
    return Row(draw(st.sampled_from(["page", "ticket"])), share, long_s, short_s, factor)


@st.composite
def policies(draw: st.DrawFn, budget: float) -> Policy | None:
    least = draw(st.sampled_from([5, 0, 25]))
    known = draw(st.sampled_from([None, WORKBOOK, WEEKLY, Policy("none", ()), "own"]))
    if known is None:
        return None
    if isinstance(known, Policy):
        return Policy(known.name, known.rows, least)
    own_rows = draw(st.lists(rows(1 / budget), min_size=1, max_size=4, unique_by=lambda row: row.long_s))
    return Policy(draw(WORDS), tuple(sorted(own_rows, key=lambda row: row.long_s)), least)


@st.composite
def slas(draw: st.DrawFn, objective: float) -> Sla | None:
    if draw(st.booleans()):
        return None
    agreed = objective * draw(st.floats(0.1, 0.99))
    limits = sorted({agreed * draw(st.floats(0.1, 1)) for _ in range(draw(st.integers(0, 3)))}, reverse=True)
    owed = st.sampled_from(["10 %", "a month, at most", "25 % of the fee"])
    return Sla(agreed, tuple(Credit(limit, draw(owed)) for limit in limits))


def strictest(indicator: Indicator) -> float | None:
    parts = indicator.parts if isinstance(indicator, Composite) else ()
    return max((part.objective for part in parts), default=None)


@st.composite
def cut(draw: st.DrawFn, method: Method, indicator: Indicator) -> dict[str, Any]:
    """Slices, where the method or the indicator has any."""
    parts = [part.indicator for part in indicator.parts] if isinstance(indicator, Composite) else [indicator]
    limits = [isinstance(part, Threshold) for part in parts]
    if method is Method.OCCURRENCES:
        # A slice of its own is for what is sampled, not counted.
        sampled = any(is_sampled(part) for part in parts)
        return {"slice_s": draw(st.sampled_from([0, 30, 300])) if sampled else 0}
    slices: dict[str, Any] = {"slice_s": draw(st.sampled_from(SLICES))}
    if method is Method.TIMESLICES and not any(limits):
        slices["slice_target"] = draw(st.one_of(SHARES, st.just(1.0)))
    return slices


@st.composite
def slos(draw: st.DrawFn, name: str | None = None) -> Slo:
    indicator = draw(st.one_of(simple(), composites()))
    method = draw(st.sampled_from(list(Method)))
    if isinstance(indicator, Composite) and method is Method.TIMESLICES:
        # All parts of a composite have slices of one kind.
        limits = isinstance(indicator.parts[0].indicator, Threshold)
        indicator = Composite(
            tuple(part for part in indicator.parts if isinstance(part.indicator, Threshold) is limits)
        )
    objective = draw(st.one_of(SHARES, st.just(strictest(indicator) or 0.999)))
    kind, limit = infer_kind(indicator), infer_limit(indicator)
    base = Slo(draw(WORDS), name or draw(NAMES), indicator, objective, method=method, **draw(cut(method, indicator)))
    return Slo(
        base.service,
        base.name,
        indicator,
        objective,
        kind=draw(st.one_of(st.just(kind), WORDS)),
        method=method,
        window=draw(windows()),
        slice_s=base.slice_s,
        slice_target=base.slice_target,
        limit=draw(st.one_of(st.just(limit), st.none(), NUMBERS)),
        title=draw(st.one_of(st.just(""), WORDS)),
        description=draw(st.one_of(st.just(""), BLOCKS)),
        policy=draw(policies(base.budget)),
        sla=draw(slas(objective)),
        labels=draw(st.dictionaries(LABELS, st.one_of(st.just(""), BLOCKS), max_size=3)),
    )
