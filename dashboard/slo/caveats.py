"""Caveats about the numbers of a report, as values: the kind of caveat and the number that goes with it."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from dashboard.slo.selections import Blindness

# A scrape that is a minute late is not a gap.
GAP_MIN = 600


class CaveatKind(StrEnum):
    """Why a number is impossible, or means less than it seems to."""

    SLI_ABOVE_ONE = "sli_above_one"
    SLI_BELOW_ZERO = "sli_below_zero"
    GOOD_ABOVE_VALID = "good_above_valid"
    BUDGET_BELOW_ONE_FAILURE = "budget_below_one_failure"
    NOT_MEASURED = "not_measured"
    COUNTER_RAN_BACKWARDS = "counter_ran_backwards"
    MEASURED_IN_PART = "measured_in_part"
    QUERY_REFUSED = "query_refused"
    UNAVAILABLE = "unavailable"
    CANNOT_TELL = "cannot_tell"


# The source does not answer a query that the objective needs.
REFUSED = (CaveatKind.UNAVAILABLE, CaveatKind.QUERY_REFUSED)


@dataclass(frozen=True, slots=True)
class Caveat:
    """One caveat.

    Attributes:
        amount: hours with more good than valid events (GOOD_ABOVE_VALID), valid events (BUDGET_BELOW_ONE_FAILURE),
            missing seconds (NOT_MEASURED), age in seconds (COUNTER_RAN_BACKWARDS), seconds with partial answers
            (MEASURED_IN_PART); otherwise 0.
        message: the message of the source (QUERY_REFUSED, UNAVAILABLE).
        blindness: the query that cannot tell good from bad events, and why (CANNOT_TELL).
    """

    kind: CaveatKind
    amount: float = 0.0
    message: str = ""
    blindness: Blindness | None = None


def count_caveats(bad: float, valid: float, *, budget: float, hours_above: float, counted: bool) -> Iterator[Caveat]:
    """Caveats about the events of a window.

    Args:
        bad, valid: events of the whole window; bad is negative if more events were good than valid.
        budget: the error budget, a share of valid events.
        hours_above: number of hours with more good than valid events.
        counted: events are counted, not slices of time.
    """
    # Nothing is clamped: an impossible number shows that two queries count different things.
    if bad < 0:
        yield Caveat(CaveatKind.SLI_ABOVE_ONE)
    elif hours_above:
        yield Caveat(CaveatKind.GOOD_ABOVE_VALID, hours_above)
    if bad > valid > 0:
        yield Caveat(CaveatKind.SLI_BELOW_ZERO)
    # A slice is a whole event by nature; if one request costs more than the budget, the objective is meaningless.
    if counted and 0 < budget * valid < 1:
        yield Caveat(CaveatKind.BUDGET_BELOW_ONE_FAILURE, valid)


def gap_caveats(
    unmeasured_s: float, backwards_at: float, partial_s: float, *, start: float, now: float, sliced: bool
) -> Iterator[Caveat]:
    """Caveats about missing data in a window.

    Args:
        unmeasured_s: unmeasured seconds since the first measurement, excluding maintenance.
        backwards_at: epoch seconds of the newest row in which a counter ran backwards; 0 if there is none.
        partial_s: seconds with partial answers.
        start, now: epoch seconds of the window. `sliced`: slices are counted, and missing time is counted in slices.
    """
    if unmeasured_s > GAP_MIN and not sliced:
        yield Caveat(CaveatKind.NOT_MEASURED, unmeasured_s)
    if backwards_at > start:
        yield Caveat(CaveatKind.COUNTER_RAN_BACKWARDS, now - backwards_at)
    if partial_s > 0:
        yield Caveat(CaveatKind.MEASURED_IN_PART, partial_s)
