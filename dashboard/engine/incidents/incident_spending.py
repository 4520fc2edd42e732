"""What spent the budget in an incident: which requests, over which time; as it was kept, or as the source tells it."""

from typing import Final, NamedTuple

from dashboard.engine.snapshot import Snapshot
from dashboard.engine.trouble import explained_spans
from dashboard.engine.viewers.explanations import ExplanationWindow
from dashboard.incidents.context import Spending
from dashboard.incidents.incident import Incident
from dashboard.incidents.statistics import moments
from dashboard.oncall.explanation import Verdict
from dashboard.oncall.spans import BadEvents, Spans
from dashboard.sources.combined import UnusedLabel
from dashboard.timerange import DAY

# Which bad events of an objective can be explained by labels.
EXPLAINED: Final = {"availability": BadEvents.FAILED, "latency": BadEvents.SLOW}
# Sources know labels of so long; of what lasts longer the last day is explained.
KNOWN_S, LONGEST_S = 30.0 * DAY, float(DAY)


class Wanted(NamedTuple):
    """What is to be explained: which requests of a service, and the two spans that are compared."""

    service: str
    bad: BadEvents
    spans: Spans


def wanted(incident: Incident, now: float) -> Wanted | None:
    """What is to be explained of an incident; None if no label explains its costliest objective.

    Args:
        incident: with what people corrected of it. `now`: epoch seconds, the end of one that continues and is
            not quiet.
    """
    main, times = incident.main, moments(incident)
    bad, quiet = EXPLAINED.get(main.kind), incident.quiet_since
    end = times.end if times.end is not None else now if quiet is None else quiet
    if bad is None:
        return None
    # Explanations of whole minutes are shared.
    end = float(int(end) // 60 * 60)
    spans = explained_spans(max(times.start, end - LONGEST_S), end, since=times.start)
    return Wanted(main.service, bad, spans)


def may_be_known(snapshot: Snapshot, asked: Wanted) -> bool:
    """The source may still know it; `asked`: what is to be explained."""
    return asked.service in snapshot.by_name and snapshot.at - asked.spans.end <= KNOWN_S


def is_of(spending: Spending, asked: Wanted) -> bool:
    """Whether what was kept is of what is asked: a person may have corrected the start or the end since."""
    return (spending.service, spending.bad, spending.spans) == asked


def as_kept(window: ExplanationWindow) -> Spending | None:
    """An explanation as it is kept; None if there is none, or the source knew nothing of it any more."""
    explanation = window.explanation
    if explanation is None or explanation.verdict is Verdict.NO_EVENTS or window.partial:
        return None
    unused = tuple((label.name, label.why) for label in window.unused)
    return Spending(window.service, window.bad, window.spans, explanation, unused)


def as_window(spending: Spending) -> ExplanationWindow:
    """What was kept, as viewers get it."""
    unused = tuple(UnusedLabel(name, why) for name, why in spending.unused)
    return ExplanationWindow(spending.service, spending.bad, spending.spans, spending.explanation, unused)
