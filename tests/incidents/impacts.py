"""Incidents and bursts as tests need them."""

from dataclasses import replace
from typing import Any

from dashboard.incidents.bursts import Burst
from dashboard.incidents.incident import Impact, Incident, Severity, StepCounts
from dashboard.incidents.merging import Member
from dashboard.timerange import HOUR

START = 1_790_000_100


def impact(service: str = "checkout", **fields: Any) -> Impact:
    """Twenty minutes of failures of an availability, over."""
    usual = Impact(
        service=service,
        slo=f"{service}-availability",
        objective=0.999,
        window_s=2_592_000,
        severity=Severity.PAGE,
        start=float(START),
        end=START + 1_200.0,
        bad=400.0,
        valid=20_000.0,
        usual_bad=4.0,
        seconds=1_200.0,
        budget_share=0.05,
        bad_before_detection=150.0,
        counts=StepCounts(START - 3_600.0, 300.0, (0.0, None, 40.0), (900.0, None, 800.0)),
        detected_at=START + 600.0,
    )
    return replace(usual, **fields)


def incident(number: str = "20260921-1410-0123456789", *impacts: Impact, **fields: Any) -> Incident:
    """An incident of some impacts; of one where none is named."""
    every = impacts or (impact(),)
    ends = [one.end for one in every]
    whole = Incident(
        id=number,
        impacts=every,
        start=min(one.start for one in every),
        end=None if None in ends else max(end for end in ends if end is not None),
        detected_at=every[0].detected_at,
        severity=every[0].severity,
    )
    return replace(whole, **fields)


def member(service: str = "checkout", *, late: int = 0, into: float = 0.0, **fields: Any) -> Member:
    """A burst that begins some seconds late, in steps of five minutes, its onset so far into its first step.

    Args:
        service: whose. `late`: seconds after the first. `into`: seconds. `fields`: of the burst that differ.
    """
    start = START + late
    burst = Burst(
        start=start,
        end=start + 1_200,
        noticed=start + 600,
        alerted=start + 600,
        severity=Severity.PAGE,
        usual=0.0002,
        onset=start + into,
        over=start + 1_200 + HOUR,
    )
    burst = replace(burst, **fields)
    cost = impact(service, start=float(burst.start), end=None if burst.end is None else float(burst.end))
    return Member(burst, cost)
