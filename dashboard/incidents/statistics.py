"""How long incidents took to be detected, acknowledged and over: each from its first bad step, never from its alert."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median

from dashboard.incidents.incident import Correctable, Incident


@dataclass(frozen=True, slots=True)
class Moments:
    """The moments of an incident in epoch seconds, as they count: corrected by people where they were.

    Attributes:
        start: of the first step that spends beyond the usual. `end`: None while it goes on.
        detected: when the first alert fired; None where none did.
        acknowledged: when somebody first took it on; None where nobody did.
    """

    start: float
    end: float | None
    detected: float | None
    acknowledged: float | None

    @property
    def to_detect(self) -> float | None:
        """Seconds until it was detected; None where it was not."""
        return _since(self.start, self.detected)

    @property
    def to_acknowledge(self) -> float | None:
        """Seconds until somebody took it on; None where nobody did."""
        return _since(self.start, self.acknowledged)

    @property
    def to_recover(self) -> float | None:
        """Seconds until it was over; None while it goes on."""
        return _since(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Summary:
    """One duration over several incidents, in seconds.

    Attributes:
        middle, low, high: median, shortest and longest; None without a known one.
        number: so many are known. `undefined`: so many are not, and count in none of the above.
    """

    middle: float | None
    low: float | None
    high: float | None
    number: int
    undefined: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """Several incidents together.

    Attributes:
        number: of them. `ongoing`: so many go on.
        detect, acknowledge, recover: how long that took from the start.
        bad, seconds: what all of them cost, in events beyond the usual and in seconds in which an objective was missed.
        bad_before_detection: of the bad events those before the first alert; None where no incident was detected.
    """

    number: int
    ongoing: int
    detect: Summary
    acknowledge: Summary
    recover: Summary
    bad: float
    seconds: float
    bad_before_detection: float | None


def moments(incident: Incident, acknowledged: float | None = None) -> Moments:
    """The moments of an incident, with what people corrected.

    Args:
        incident: as it was derived. `acknowledged`: epoch seconds of the first acknowledgement; None without one.
    """
    start = corrected(incident, Correctable.START)
    end, detected = corrected(incident, Correctable.END), corrected(incident, Correctable.DETECTION)
    return Moments(
        incident.start if start is None else start,
        incident.end if end is None else end,
        incident.detected_at if detected is None else detected,
        acknowledged,
    )


def corrected(incident: Incident, field: Correctable) -> float | None:
    """Epoch seconds that a person corrected a moment to; None where nobody did, or it is no number."""
    text = incident.corrections.get(field, "")
    try:
        return float(text)
    except ValueError:
        return None


def summary(seconds: Iterable[float | None]) -> Summary:
    """The middle and the range of those that are known; None is counted apart, and never taken for 0."""
    every = list(seconds)
    known = sorted(value for value in every if value is not None)
    if not known:
        return Summary(None, None, None, 0, len(every))
    return Summary(median(known), known[0], known[-1], len(known), len(every) - len(known))


def statistics(incidents: Iterable[Incident], acknowledged: Mapping[str, float]) -> Statistics:
    """What several incidents have in common.

    Args:
        incidents: any. `acknowledged`: epoch seconds of the first acknowledgement by the id of an incident.
    """
    every = list(incidents)
    times = [moments(incident, acknowledged.get(incident.id)) for incident in every]
    impacts = [impact for incident in every for impact in incident.impacts]
    before = [impact.bad_before_detection for impact in impacts if impact.bad_before_detection is not None]
    return Statistics(
        number=len(every),
        ongoing=sum(time.end is None for time in times),
        detect=summary(time.to_detect for time in times),
        acknowledge=summary(time.to_acknowledge for time in times),
        recover=summary(time.to_recover for time in times),
        bad=sum(max(impact.bad - impact.usual_bad, 0.0) for impact in impacts),
        seconds=sum(impact.seconds for impact in impacts),
        bad_before_detection=sum(before) if before else None,
    )


def _since(start: float, moment: float | None) -> float | None:
    # What was noticed before the first bad step, as by a person, took no time.
    return None if moment is None else max(moment - start, 0.0)
