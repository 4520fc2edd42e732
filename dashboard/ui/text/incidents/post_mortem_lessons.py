"""What the data say about the origin and the handling of an incident: facts with their numbers, without opinion."""

from collections.abc import Iterator
from typing import Final

from dashboard.anomaly.anomalies import Layer
from dashboard.changes.change import Kind
from dashboard.incidents.course import shape
from dashboard.incidents.record import Record
from dashboard.oncall.suspect import Grade
from dashboard.ui.text import anomaly_text, units
from dashboard.ui.text.change_text import length
from dashboard.ui.text.incidents import suspect_text
from dashboard.ui.text.incidents.post_mortem_moments import moment

FILL_IN: Final = "to be filled in"
# Seconds within which detection or acknowledgement counts as good, and after which it counts as late.
SOON_S, LATE_S = 300.0, 900.0
# Shares of a budget that count as little and as much; a share of the bad events before an alert that counts as many.
LITTLE, MUCH, MANY = 0.02, 0.25, 0.25
# Traffic below this share of the preceding hour counts as quiet.
QUIET = 0.5
# Maximum number of listed suspects and anomalies.
MOST = 8


def factors(record: Record, zone: str) -> Iterator[str]:
    """Possible contributing factors, services that moved with it, and other anomalies.

    Args:
        record: the incident. `zone`: of moments.
    """
    listed = [suspect for suspect in record.suspects if suspect.grade in (Grade.MOST_LIKELY, Grade.POSSIBLE)]
    for suspect in listed[:MOST]:
        when = "" if suspect.at is None else f", {moment(suspect.at, zone)}, {_before(record, suspect.at)}"
        sides = (("For it", suspect.pro), ("against it", suspect.contra))
        said = "; ".join(f"{side}: {suspect_text.listed(pieces, record.titles)}" for side, pieces in sides)
        yield f"{suspect_text.name(suspect, record.titles)}{when}: {suspect.grade}. {said}."
    services = [record.title_of(service) for service in record.incident.services]
    if len(services) > 1:
        linked = "" if record.incident.edges else "; no service graph tells who calls whom"
        yield f"{services[0]} moved first; {', '.join(services[1:])} moved with it{linked}."
    tested = [anomaly for anomaly in record.incident.anomalies if anomaly.layer is Layer.TEST]
    for anomaly in tested[:MOST]:
        numbers = anomaly_text.numbers(anomaly)
        what = f"{record.title_of(anomaly.service)}: {anomaly_text.what(anomaly)}"
        yield f"{what}, {moment(anomaly.since, zone)}: {numbers}."


def _before(record: Record, at: float) -> str:
    ahead = record.moments.start - at
    return f"{length(ahead)} before the start" if ahead >= 0 else f"{length(-ahead)} after the start"


def well(record: Record) -> Iterator[str]:
    """What went well, as far as the data show."""
    times, main = record.moments, record.main
    if times.to_detect is not None and times.to_detect <= SOON_S:
        yield f"An alert fired {length(times.to_detect)} after the start."
    if (waited := _waited(record)) is not None and waited <= SOON_S:
        yield f"It was acknowledged {length(waited)} after the first alert."
    if record.way_out is not None and record.way_out.change.kind is Kind.ROLLBACK and times.end is not None:
        soon = length(times.end - record.way_out.change.start)
        yield f"It was over {soon} after a rollback."
    if main.budget_share is not None and main.budget_share <= LITTLE:
        yield f"It took {units.percent(main.budget_share)} of the error budget."


def badly(record: Record) -> Iterator[str]:
    """What went badly, as far as the data show."""
    times, main = record.moments, record.main
    if times.detected is None:
        yield "No alert fired."
    elif times.to_detect is not None and times.to_detect >= LATE_S:
        yield f"The first alert fired {length(times.to_detect)} after the start."
    before = main.bad_before_detection
    if before is not None and main.bad and before / main.bad >= MANY:
        yield f"{units.share(before / main.bad)} of the bad events came before the first alert."
    if times.acknowledged is None:
        yield "Nobody acknowledged it."
    elif (waited := _waited(record)) is not None and waited >= LATE_S:
        yield f"It was acknowledged {length(waited)} after the first alert."
    if main.budget_share is not None and main.budget_share >= MUCH:
        yield f"It took {units.percent(main.budget_share)} of the error budget."
    if len(record.incident.services) > 1:
        yield f"It reached {len(record.incident.services)} services."


def luckily(record: Record) -> Iterator[str]:
    """Where luck helped, as far as the data show."""
    course = shape(record.main)
    if course.traffic_before and course.traffic is not None and course.traffic < QUIET * course.traffic_before:
        now, before = units.rate(course.traffic), units.rate(course.traffic_before)
        yield f"Fewer requests came meanwhile: {now}, before {before}."
    if record.main.severity is not record.incident.severity:
        return
    left = record.main.budget_left
    if left is not None and record.main.budget_share is not None and 0 < left < record.main.budget_share:
        yield f"{units.percent(left)} of the budget was left: as much again would have spent it."


def _waited(record: Record) -> float | None:
    """Seconds from the first alert to the acknowledgement; None without one of them."""
    times = record.moments
    if times.detected is None or times.acknowledged is None:
        return None
    return max(times.acknowledged - times.detected, 0.0)
