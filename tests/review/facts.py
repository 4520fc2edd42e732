"""Facts of a period as tests need them: a week of one service, an incident in it, and the deploy that it came from."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from dashboard.changes.change import Change, Kind
from dashboard.changes.known import KnownChange
from dashboard.engine.default_slos import availability
from dashboard.incidents.incident import Impact, Incident, Severity, StepCounts
from dashboard.incidents.people import Acknowledgement
from dashboard.incidents.record import Record
from dashboard.oncall.suspect import Grade, Suspect, SuspectKind
from dashboard.review.counts import Counts
from dashboard.review.facts import Facts, ObjectiveFacts
from dashboard.review.period import Period
from dashboard.slo.objective import Slo
from dashboard.timerange import HOUR

WEEK = Period.parse("2026-W41", "UTC")
START = WEEK.start
HOURS = 7 * 24


def slo(service: str = "checkout", objective: float = 0.999) -> Slo:
    """A default availability."""
    return replace(availability(service), objective=objective)


def counts(
    bad: Sequence[float], valid: float = 1000.0, *, start: float = START, objective: float = 0.999
) -> Counts:  # fmt: skip
    """Hours from a moment on, each with so many bad events of as many valid ones."""
    starts = start + np.arange(len(bad)) * float(HOUR)
    values = np.column_stack([bad, np.full(len(bad), valid), np.full(len(bad), float(HOUR))])
    return Counts(starts, starts + HOUR, values, np.full(len(bad), objective), np.full(len(bad), np.nan))


def week(service: str = "checkout", bad: float = 0.5, **hours: float) -> ObjectiveFacts:
    """A service over six weeks, the same in each hour but for those of this week that are named: `h30=200.0`."""
    every = np.full(6 * HOURS, bad)
    for name, value in hours.items():
        every[5 * HOURS + int(name.removeprefix("h"))] = value
    long_ago = START - 5 * HOURS * HOUR
    return ObjectiveFacts(slo=slo(service), counts=counts(every, start=long_ago), window_remaining=0.5, begin=long_ago)


def impact(service: str, start: float, end: float | None, bad: float, **fields: Any) -> Impact:
    """What an incident cost a service; nothing is known of its steps."""
    usual = Impact(
        service=service,
        slo=f"{service}-availability",
        objective=0.999,
        window_s=2_592_000.0,
        severity=Severity.PAGE,
        start=start,
        end=end,
        bad=bad,
        valid=1000.0,
        usual_bad=0.0,
        seconds=1200.0,
        budget_share=0.1,
        kind="availability",
        detected_at=start + 300,
    )
    return replace(usual, **fields)


def steps(start: float, *bad: float | None) -> StepCounts:
    """Bad events of steps of five minutes from a moment on."""
    return StepCounts(start, 300.0, bad, tuple(None if each is None else 100.0 for each in bad))


def incident(*impacts: Impact, number: str = "20261006-1") -> Incident:
    """One incident of some impacts."""
    ends = [each.end for each in impacts]
    return Incident(
        id=number,
        impacts=impacts,
        start=min(each.start for each in impacts),
        end=None if None in ends else max(end for end in ends if end is not None),
        detected_at=impacts[0].detected_at,
        severity=impacts[0].severity,
    )


def deploy(at: float, service: str = "checkout", version: str = "42", kind: Kind = Kind.DEPLOY) -> KnownChange:
    """A deploy that a pipeline told of."""
    change = Change(sender="argocd", key=f"{service}{version}{at}", kind=kind, start=at, at=at, text="Deploy",
                    service=service, version=version)  # fmt: skip
    return KnownChange(change, (service,), ("argocd",), (change.id,))


def record(happened: Incident, cause: KnownChange | None = None, acknowledged: float | None = None) -> Record:
    """An incident with the change that it is blamed on, and when somebody took it on."""
    suspects = () if cause is None else (Suspect(kind=SuspectKind.CHANGE, grade=Grade.MOST_LIKELY, change=cause),)
    taken = () if acknowledged is None else (Acknowledgement("kim", acknowledged),)
    return Record(incident=happened, suspects=suspects, acknowledgements=taken)


def facts(*objectives: ObjectiveFacts, **fields: Any) -> Facts:
    """Facts of the week, which is over."""
    return replace(Facts(period=WEEK, at=WEEK.end + HOUR, title="Production", objectives=objectives), **fields)
