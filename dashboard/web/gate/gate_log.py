"""Records every decision of the gate: a line of the log, and a count for `/metrics`.

Values sent by askers are untrusted: they are cut, and written as JSON in ASCII, so that none of them starts a new line.
"""

import json
import logging
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock

from starlette.datastructures import QueryParams

from dashboard.engine.gate import keeping_exceptions
from dashboard.gate.decision import Decision
from dashboard.gate.standing import FROZEN, Rule, Standing, Verdict

log = logging.getLogger(__name__)

# All pairs of verdict and rule; each is exported from the start, as a series that appears later breaks sums and alerts.
DECISIONS = (
    *((Verdict.HOLD, rule) for rule in FROZEN),
    (Verdict.UNKNOWN, Rule.NO_DATA),
    *((Verdict.GO, rule) for rule in Rule if rule not in (Rule.BURNING, Rule.NO_DATA)),
)
# Maximum number of characters of what an asker says about itself.
LETTERS = 200


@dataclass(frozen=True, slots=True)
class Asker:
    """Who or what asked.

    Attributes:
        token: the name of its token; empty without one of ours.
        agent: its user agent. `address`: of the client.
        forwarded: the client according to a proxy's header, which can be forged.
        route: of the request.
    """

    token: str = ""
    agent: str = ""
    address: str = ""
    forwarded: str = ""
    route: str = ""


class GateLog:
    """Counts decisions, and logs each of them."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[Verdict, Rule]] = Counter()
        self._lock = Lock()

    def take(self, decision: Decision, asker: Asker, asked: Mapping[str, str], why: str) -> None:
        """Log and count a decision.

        Args:
            decision: the answer. `asker`: who asked. `asked`: parameters and their values. `why`: the reason for it.
        """
        with self._lock:
            self._counts[decision.verdict, decision.rule] += 1
        log.info("gate %s", line(decision, asker, asked, why))

    def counts(self) -> Mapping[tuple[Verdict, Rule], int]:
        """How often each verdict was given by each rule since the start."""
        with self._lock:
            return dict(self._counts)


def line(decision: Decision, asker: Asker, asked: Mapping[str, str], why: str) -> str:
    """A decision as one line of JSON in ASCII.

    Args:
        decision: the answer. `asker`: who asked. `asked`: parameters and their values. `why`: reason for the answer.
    """
    deciding = decision.deciding
    # A parameter may be repeated; a mapping would show only the last value.
    pairs = asked.multi_items() if isinstance(asked, QueryParams) else asked.items()
    facts = {
        "verdict": str(decision.verdict),
        "rule": str(decision.rule),
        "reason": str(decision.reason),
        "service": "" if deciding is None else deciding.report.slo.service,
        "slo": "" if deciding is None else deciding.report.slo.name,
        "why": why,
        "exception": _lets_go(deciding),
        "asked": " ".join(f"{name}={value}" for name, value in pairs),
        "token": asker.token,
        "agent": asker.agent,
        "address": asker.address,
        "forwarded": asker.forwarded,
        "route": asker.route,
    }
    return json.dumps({name: value[:LETTERS] for name, value in facts.items() if value}, ensure_ascii=True)


def _lets_go(deciding: Standing | None) -> str:
    """Who granted the exception, and its id in the state; empty without an exception."""
    exception = None if deciding is None else deciding.exception
    return "" if exception is None else " ".join(filter(None, (exception.number, exception.who)))


def open_log() -> None:
    """Send decisions and exceptions to standard error: without a handler only warnings and above are written."""
    for each in (log, keeping_exceptions.log):
        if not each.handlers:
            handler = logging.StreamHandler(sys.stderr)
            handler.setFormatter(logging.Formatter("golden-signals: %(asctime)s %(message)s", "%Y-%m-%dT%H:%M:%S%z"))
            each.addHandler(handler)
            each.setLevel(logging.INFO)
