"""What of an error-budget policy may not be meant so: patterns that nothing matches, exceptions that are over."""

from collections.abc import Iterator, Sequence

from dashboard.gate.policy import BudgetPolicy, Override, PolicyException, Subject
from dashboard.slo.patterns import ALL
from dashboard.timerange import utc
from dashboard.toml.reader import nearest


def policy_notes(policy: BudgetPolicy, subjects: Sequence[Subject], now: float) -> Iterator[str]:
    """A line each, with file, line and key.

    Args:
        policy: as it was read. `subjects`: all objectives. `now`: epoch seconds.
    """
    blocks: tuple[Override | PolicyException, ...] = (*policy.overrides, *policy.exceptions)
    for block in blocks:
        unmet = list(_unmet(block, subjects))
        yield from (f"{block.where}: {what}" for what in unmet)
        if not unmet and not any(block.covers(subject) for subject in subjects):
            yield f"{block.where}: no objective is of these services and has one of these names"
    for exception in policy.exceptions:
        if exception.until <= now:
            yield f"{exception.where}: is over since {utc(exception.until):%Y-%m-%dT%H:%M:%SZ}: it counts no more"


def _unmet(block: Override | PolicyException, subjects: Sequence[Subject]) -> Iterator[str]:
    """Each pattern and each tier that no objective has."""
    services, names = {subject.slo.service for subject in subjects}, {subject.slo.name for subject in subjects}
    for pattern in block.services:
        if not any(subject.is_of((pattern,), ALL) for subject in subjects):
            yield f"{pattern!r} is no service{nearest(pattern, services)}"
    for pattern in block.slos:
        if not any(subject.is_of(ALL, (pattern,)) for subject in subjects):
            yield f"{pattern!r} is no objective{nearest(pattern, names)}"
    for tier in block.tiers if isinstance(block, Override) else ():
        if all(subject.tier != tier for subject in subjects):
            yield f"no service with objectives is of tier {tier}"
