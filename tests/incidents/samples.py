"""An incident made by hand, as an hour of a bad deploy leaves it, and what people and senders told of it."""

from dataclasses import replace
from datetime import date
from typing import Any

from dashboard.anomaly.anomalies import Anomaly, Direction, Signal
from dashboard.changes.change import Change, Kind
from dashboard.changes.known import KnownChange
from dashboard.incidents.incident import Edge, Impact, Incident, Severity, StepCounts
from dashboard.incidents.people import Acknowledgement, ActionItem, Note
from dashboard.incidents.record import Record
from dashboard.oncall.suspect import Grade, Suspect, SuspectKind

# 2025-10-09 08:30 UTC.
START = 1_759_998_600.0
MINUTE = 60.0
# An hour before, 34 minutes of it, and an hour after.
BAD = (*[30.0] * 12, 9_000.0, 15_200.0, 15_300.0, 15_100.0, 15_200.0, 15_000.0, 7_000.0, *[30.0] * 12)


def impact(**fields: Any) -> Impact:
    """What it cost checkout: 3.6 % of 2.55 million requests failed."""
    defaults: dict[str, Any] = {
        "service": "checkout",
        "slo": "checkout-availability",
        "objective": 0.9995,
        "window_s": 2_592_000.0,
        "severity": Severity.PAGE,
        "start": START,
        "end": START + 34 * MINUTE,
        "bad": 91_800.0,
        "valid": 2_550_000.0,
        "usual_bad": 1_020.0,
        "seconds": 2_040.0,
        "budget_share": 0.071,
        "bad_before_detection": 32_100.0,
        "counts": StepCounts(START - 3600, 300.0, BAD, (375_000.0,) * len(BAD)),
        "kind": "availability",
        "budget_left": 0.571,
        "detected_at": START + 12 * MINUTE,
    }
    return Impact(**{**defaults, **fields})


def incident(number: str = "20251009-checkout-1a2b3c", **fields: Any) -> Incident:
    """One that is over: a page after twelve minutes, and it moved payments, too."""
    payments = impact(
        service="payments",
        slo="payments-latency",
        kind="latency",
        severity=Severity.TICKET,
        start=START + 5 * MINUTE,
        bad=2_000.0,
        valid=50_000.0,
        usual_bad=100.0,
        budget_share=0.012,
        bad_before_detection=None,
        budget_left=None,
        detected_at=None,
    )
    defaults: dict[str, Any] = {
        "impacts": (impact(), payments),
        "start": START,
        "end": START + 34 * MINUTE,
        "detected_at": START + 12 * MINUTE,
        "severity": Severity.PAGE,
        "anomalies": (
            Anomaly("checkout", Signal.ERRORS, Direction.HIGH, START + 3 * MINUTE, START + 34 * MINUTE,
                    START + 10 * MINUTE, 0.041, 0.036, (None, 0.0007), 1e-9, cost=0.07),
        ),
        "edges": (Edge("checkout", "payments", 50_000.0, 1_900.0),),
    }  # fmt: skip
    return Incident(id=number, **{**defaults, **fields})


def known(version: str, at: float, kind: Kind = Kind.DEPLOY) -> KnownChange:
    """A change of checkout's version."""
    change = Change(sender="argocd", key=version, kind=kind, start=at, at=at, text=f"checkout {version}",
                    service="checkout", version=version)  # fmt: skip
    return KnownChange(change, ("checkout",), ("argocd",), (change.id,))


DEPLOY, ROLLBACK = known("42", START - 2 * MINUTE), known("41", START + 29 * MINUTE, Kind.ROLLBACK)


def record(**fields: Any) -> Record:
    """The incident with a deploy, a rollback, somebody who took it on and a note."""
    defaults: dict[str, Any] = {
        "incident": incident(),
        "changes": (DEPLOY, ROLLBACK),
        "suspects": (
            Suspect(kind=SuspectKind.CHANGE, grade=Grade.MOST_LIKELY, at=DEPLOY.change.start, change=DEPLOY),
        ),
        "acknowledgements": (Acknowledgement("mona", START + 15 * MINUTE),),
        "notes": (Note("mona", START + 21 * MINUTE, "/pay on v42 sends no idempotency key."),),
        "items": (
            ActionItem(id="1", incident="20251009-checkout-1a2b3c", text="Contract test of /pay", owner="Payments",
                       due=date(2025, 10, 20), added_at=START + 7200),
            ActionItem(id="2", incident="20251009-checkout-1a2b3c", text="Roll back v42", owner="On call",
                       due=date(2025, 10, 10), done_at=START + 90_000, added_at=START + 7200),
        ),
    }  # fmt: skip
    return Record(**{**defaults, **fields})


def ongoing() -> Incident:
    """The same while it goes on: nobody was alerted yet."""
    open_impact = impact(end=None, budget_left=0.64, bad_before_detection=None, detected_at=None)
    return incident("ongoing-1", impacts=(open_impact,), end=None, detected_at=None, severity=Severity.ANOMALY)


HOSTILE = '<img src=x onerror=alert(1)> | `a` *b* [c](javascript:alert(1)) & "d" \u202e'


def hostile() -> Record:
    """Every text that people or senders can write is one that breaks out of what it is put into."""
    evil = Change(sender=HOSTILE, key="k", kind=Kind.DEPLOY, start=START - 60, at=START, text=HOSTILE,
                  service="checkout", version=HOSTILE)  # fmt: skip
    change = KnownChange(evil, (HOSTILE,), (HOSTILE,), (evil.id,))
    impacts = tuple(replace(each, service=HOSTILE, slo=HOSTILE) for each in incident().impacts)
    return record(
        incident=incident(HOSTILE, impacts=impacts),
        changes=(change,),
        suspects=(Suspect(kind=SuspectKind.CHANGE, grade=Grade.MOST_LIKELY, at=START - 60, change=change),),
        acknowledgements=(Acknowledgement(HOSTILE, START + 60),),
        notes=(Note(HOSTILE, START + 60, HOSTILE),),
        items=(ActionItem(id=HOSTILE, incident=HOSTILE, text=HOSTILE, owner=HOSTILE),),
    )
