"""Evidence for and against a change as the cause of a trouble."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dashboard.changes.change import Kind, Outcome
from dashboard.changes.derived.labels import version_label
from dashboard.changes.known import KnownChange
from dashboard.changes.naming import alike
from dashboard.oncall.counted import sides
from dashboard.oncall.explanation import Explanation, Selection, Verdict
from dashboard.oncall.suspect import Evidence, Finding, Trouble
from dashboard.oncall.weighing import EARLY_S, STEP_S, Weighed

# Maximum seconds from a change to the trouble, and the points for that.
NEAR = ((900.0, 3.0), (3600.0, 2.0), (3 * 3600.0, 1.0), (float("inf"), 0.0))
# A trouble ends within this many seconds after the rollback of its cause, as caches and queues empty; one that lasts
# longer than the second number had another cause.
ENDS_S, GOES_ON_S = 1200.0, 2400.0
# Changes within this many seconds of each other are rivals.
RIVALS_S = 600.0
# Points by kind: intentional changes by people break more than scaling.
KINDS = {Kind.DEPLOY: 1.0, Kind.FLAG: 1.0, Kind.CONFIGURATION: 1.0, Kind.EXPERIMENT: 1.0, Kind.ROLLBACK: 0.5}
# A value of at least this many characters that occurs in the text of a change counts as mentioned.
MENTIONED = 4


@dataclass(frozen=True, slots=True)
class Case:
    """A trouble with its context.

    Attributes:
        changes: from some hours before to the end. `explanation`: None if unknown.
    """

    trouble: Trouble
    changes: Sequence[KnownChange]
    explanation: Explanation | None

    @property
    def end(self) -> float:
        """Epoch seconds of its end; of now while it continues."""
        return self.trouble.now if self.trouble.end is None else self.trouble.end


def weigh(case: Case, known: KnownChange) -> list[Weighed]:
    """All evidence for and against a change.

    Args:
        case: the trouble. `known`: one of its changes.
    """
    ahead = case.trouble.start - known.change.start
    # A change cannot have caused a trouble that began a step or more before it.
    if ahead < -EARLY_S:
        return [Weighed(-5.0, Evidence(finding=Finding.BEGAN_BEFORE, seconds=-ahead))]
    return [
        _began_after(case, known),
        *_counted(case, known),
        *_selected(case, known),
        *_ended(case, known),
        *_reported_evidence(case, known),
    ]


def _began_after(case: Case, known: KnownChange) -> Weighed:
    # A rollout may cause the trouble at any time while it is in progress.
    reached = min(max(known.change.start, known.change.end or known.change.start), case.trouble.start)
    points = next(points for seconds, points in NEAR if case.trouble.start - reached <= seconds)
    seconds = max(case.trouble.start - known.change.start, 0.0)
    return Weighed(points, Evidence(finding=Finding.BEGAN_AFTER, seconds=seconds))


def _counted(case: Case, known: KnownChange) -> Iterator[Weighed]:
    counts = sides(case.trouble, known.change.start, case.end)
    if counts.is_worse is None or counts.additional is None:
        return
    finding = Finding.WORSE if counts.is_worse else Finding.NOT_WORSE
    points = 0.5 if counts.is_worse else -3.0
    yield Weighed(points, Evidence(finding=finding, before=counts.before, now=counts.now))
    if counts.is_worse:
        share = counts.additional / case.trouble.budget if case.trouble.budget else None
        yield Weighed(0.0, Evidence(finding=Finding.SHARE_OF_BUDGET, now=counts.additional, share=share))


def _selected(case: Case, known: KnownChange) -> Iterator[Weighed]:
    explanation, version = case.explanation, known.change.version
    if explanation is None or explanation.verdict not in (Verdict.CAUSES, Verdict.NO_SINGLE_CAUSE):
        return
    label = version_label(list(explanation.labels))
    for selection in explanation.selections:
        if value := _names(selection, known):
            yield Weighed(1.0, Evidence(finding=Finding.MENTIONS, name=value, labels=selection.labels))
    if not version or not known.is_deploy:
        return
    named = [selection for selection in explanation.selections if selection.labels.get(label or "", "")]
    own = [selection for selection in named if alike(selection.labels[label or ""], version)]
    if own:
        share, labels = own[0].share_of_additional, own[0].labels
        yield Weighed(4.0, Evidence(finding=Finding.SELECTED, share=share, labels=labels))
    elif named:
        yield Weighed(-5.0, Evidence(finding=Finding.NOT_SELECTED, labels=named[0].labels))
    elif label is not None and explanation.labels[label] > 1:
        # Other labels explain the bad events, or none do: with versions side by side that counts for more.
        are_beside = known.change.end is None or known.change.end > case.trouble.start + STEP_S
        labels = explanation.selections[0].labels if explanation.selections else {}
        yield Weighed(-2.5 if are_beside else -1.0, Evidence(finding=Finding.NOT_SELECTED, labels=labels))


def _names(selection: Selection, known: KnownChange) -> str:
    """The value of a selection that occurs in the text or the tags of a change; empty if none does."""
    words = " ".join((known.change.text, *known.change.tags)).casefold()
    values = [value for value in selection.labels.values() if not alike(value, known.change.version)]
    return next((value for value in values if len(value) >= MENTIONED and value.casefold() in words), "")


def _ended(case: Case, known: KnownChange) -> Iterator[Weighed]:
    """Whether the trouble ended with the change, or with its rollback."""
    back = _taken_back(case, known)
    change = known.change
    if back is not None:
        ended = back.change.end or back.change.start
        late = case.end - back.change.start
        if case.trouble.end is not None and -STEP_S <= late <= ended - back.change.start + ENDS_S:
            evidence = Evidence(finding=Finding.ENDED_WITH_ROLLBACK, seconds=max(late, 0.0), name=back.change.version)
            yield Weighed(4.0, evidence)
        elif case.end - ended > GOES_ON_S:
            evidence = Evidence(finding=Finding.GOES_ON, seconds=case.end - ended, name=back.change.version)
            yield Weighed(-4.0, evidence)
    elif change.end is not None and change.end > change.start + STEP_S and not known.is_deploy:
        late = case.end - change.end
        if case.trouble.end is not None and -STEP_S <= late <= ENDS_S:
            yield Weighed(2.0, Evidence(finding=Finding.ENDED_WITH_CHANGE, seconds=max(late, 0.0)))
        elif late > GOES_ON_S:
            yield Weighed(-1.5, Evidence(finding=Finding.OUTLASTED, seconds=late))


def _taken_back(case: Case, known: KnownChange) -> KnownChange | None:
    """The rollback of a deploy; None without one."""
    if not known.is_deploy:
        return None
    later = (
        other
        for other in case.changes
        if other.is_deploy and other.change.start > known.change.start and set(other.services) & set(known.services)
    )
    # The next deploy replaces it, or rolls it back.
    following = min(later, key=lambda other: other.change.start, default=None)
    if following is None or following.change.kind is not Kind.ROLLBACK:
        return None
    return following


def _reported_evidence(case: Case, known: KnownChange) -> Iterator[Weighed]:
    """Its reported outcome, its service, and other changes at the same time."""
    change = known.change
    if change.outcome is Outcome.FAILED:
        yield Weighed(1.0, Evidence(finding=Finding.FAILED))
    if case.trouble.service not in known.services and known.services:
        yield Weighed(-1.0, Evidence(finding=Finding.OTHER_SERVICE, name=known.services[0]))
    for other in case.changes:
        apart = abs(other.change.start - change.start)
        if other is not known and apart <= RIVALS_S and other.change.kind is not Kind.SCALING:
            name = other.change.version or other.change.text
            yield Weighed(-0.5, Evidence(finding=Finding.RIVAL, seconds=apart, name=name))
