"""Objectives in any state, judged by the product from counts, and policies for them."""

from dataclasses import replace

from dashboard.gate.policy import BudgetPolicy, PolicyException, Subject
from dashboard.gate.standing import Doubt, Standing, standing
from dashboard.slo.ledger_view import LedgerView
from dashboard.slo.report import SloReport
from dashboard.timerange import DAY, HOUR
from tests.slo.feeding import NOW, Fed, Rate, availability, counts, during

# The share of the budget that one failure ratio of `budget` spends over all of the window is all of it.
RATE = 600.0
BUDGET = 0.001


def spent_evenly(share: float) -> Rate:
    """Failures in each minute of a window that spend so much of its budget, and stopped three days ago."""
    return during(NOW - 40 * DAY, NOW - 3 * DAY - 7 * HOUR, RATE * BUDGET * share * 30 / (27 - 7 / 24))


def burning_for(minutes: float, ratio: float) -> Rate:
    """Failures of the last minutes alone: so many of all requests."""
    return during(NOW - 60 * minutes, NOW, RATE * ratio)


def fed(bad: Rate, service: str = "shop", now: float = NOW) -> tuple[SloReport, LedgerView]:
    """The report of an objective by its failures in each minute, and the ledger it is of."""
    slo = availability(service=service)
    feeding = Fed([slo], counts(slo, bad, RATE))
    report = feeding.tick(now)[0]
    return report, feeding.ledger.view


def stood(
    report: SloReport, policy: BudgetPolicy | None = None, now: float = NOW, doubt: Doubt | None = None, **of: object
) -> Standing:
    """How a report stands under a policy."""
    subject = Subject(report.slo, report.slo.service)
    return standing(report, replace(subject, **of), policy or BudgetPolicy(), now, doubt=doubt)  # type: ignore[arg-type]


def ada(until: float, **how: object) -> PolicyException:
    """An exception of Ada."""
    return PolicyException("Ada", "the objective is renegotiated", until, **how)  # type: ignore[arg-type]
