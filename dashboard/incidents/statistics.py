"""Times to detect, acknowledge and recover from incidents, each measured from the first bad step."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median

from dashboard.incidents.incident import Correctable, Incident


@dataclass(frozen=True, slots=True)
class Moments:
    """The times of an incident in epoch seconds, including corrections.

    Attributes:
        start: of the first unusual step. `end`: None while it is open.
        detected: when the first alert fired; None if none did.
        acknowledged: when it was first acknowledged; None if it was not.
    """

    start: float
    end: float | None
    detected: float | None
    acknowledged: float | None

    @property
    def to_detect(self) -> float | None:
        """Seconds until it was detected; None if it was not."""
        return _since(self.start, self.detected)

    @property
    def to_acknowledge(self) -> float | None:
        """Seconds until it was acknowledged; None if it was not."""
        return _since(self.start, self.acknowledged)

    @property
    def to_recover(self) -> float | None:
        """Seconds until it was over; None while it is open."""
        return _since(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Summary:
    """One duration over several incidents, in seconds.

    Attributes:
        middle, low, high: median, shortest and longest; None if none is known.
        number: of known ones. `undefined`: number of unknown ones, which the values above ignore.
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
        number: of incidents. `ongoing`: of open ones.
        detect, acknowledge, recover: durations from the start.
        bad, seconds: their total cost in additional bad events and in seconds in which an objective was missed.
        bad_before_detection: bad events before the first alert; None if no incident was detected.
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
    """The times of an incident, including corrections.

    Args:
        incident: as derived. `acknowledged`: epoch seconds of the first acknowledgement; None without one.
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
    """The corrected time in epoch seconds; None if there is no correction, or it is not a number."""
    text = incident.corrections.get(field, "")
    try:
        return float(text)
    except ValueError:
        return None


def summary(seconds: Iterable[float | None]) -> Summary:
    """Median and range of the known values; None is counted separately, and never as 0."""
    every = list(seconds)
    known = sorted(value for value in every if value is not None)
    if not known:
        return Summary(None, None, None, 0, len(every))
    return Summary(median(known), known[0], known[-1], len(known), len(every) - len(known))


def statistics(incidents: Iterable[Incident], acknowledged: Mapping[str, float]) -> Statistics:
    """Summarise several incidents.

    Args:
        incidents: any. `acknowledged`: epoch seconds of the first acknowledgement by incident id.
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
    # If somebody noticed it before the first bad step, it took no time.
    return None if moment is None else max(moment - start, 0.0)
