"""What people and senders said of a period, for a report that no server writes: read, never written."""

import argparse
from dataclasses import replace
from urllib.parse import urlencode

from dashboard.config.configuration import Config
from dashboard.engine.poller import Poller
from dashboard.review.period import Period
from dashboard.review.review import Review
from dashboard.state import added, reviews
from dashboard.state.opening import open_store
from dashboard.state.tables import POLICY_EXCEPTIONS, REVIEW_NOTES
from dashboard.state.told_changes import ToldChanges
from dashboard.web.kept_past import kept_past


class ReportState:
    """The state that a configuration names.

    Args:
        config: names it, and what senders call services.

    Raises:
        StateError: it cannot be opened.
    """

    def __init__(self, config: Config) -> None:
        self._store = open_store(config.state)
        self._aliases = {alias.casefold(): service.name for service in config.services for alias in service.changes}

    def close(self) -> None:
        """Close it."""
        self._store.close()

    def join(self, poller: Poller) -> None:
        """Let a poller know what senders told of, incidents that were kept, and exceptions."""
        poller.changes.aliases, poller.changes.told = self._aliases, ToldChanges(self._store).read
        poller.viewers.review_facts.kept = kept_past(self._store)
        exceptions = added.rows(self._store, POLICY_EXCEPTIONS)
        poller.exceptions.rows = lambda: exceptions

    def noted(self, review: Review) -> Review:
        """A review with the notes that people wrote on its period."""
        return replace(review, notes=reviews.notes(added.rows(self._store, REVIEW_NOTES, review.period.name)))

    def signed(self, period: Period, service: str, options: argparse.Namespace) -> str | None:
        """What somebody has signed off of a period, as it was then; None where nobody has.

        Args:
            period: which. `service`: id of the one that it is of; empty for all.
            options: name a team, and the format.
        """
        scope = urlencode({name: value for name, value in (("service", service), ("team", options.team)) if value})
        return (reviews.copies(self._store, reviews.sign_off_id(period.name, scope)) or {}).get(options.format)
