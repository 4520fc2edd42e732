"""What the state store adds to a report that is written without a server. It is only read."""

import argparse
from dataclasses import replace
from urllib.parse import urlencode

from dashboard.config.configuration import Config
from dashboard.engine.poller import Poller
from dashboard.review.period import Period
from dashboard.review.review import Review
from dashboard.state import added, reviews
from dashboard.state.opening import open_store
from dashboard.state.reported_changes import ReportedChanges
from dashboard.state.tables import POLICY_EXCEPTIONS, REVIEW_NOTES
from dashboard.web.stored_past import stored_past


class ReportState:
    """The configured state store.

    Args:
        config: names the store, and the aliases that senders use for services.

    Raises:
        StateError: it cannot be opened.
    """

    def __init__(self, config: Config) -> None:
        self._store = open_store(config.state)
        self._aliases = {alias.casefold(): service.name for service in config.services for alias in service.changes}

    def close(self) -> None:
        """Close the store."""
        self._store.close()

    def join(self, poller: Poller) -> None:
        """Give a poller the changes, closed incidents and policy exceptions from the store."""
        poller.changes.aliases, poller.changes.reported = self._aliases, ReportedChanges(self._store).read
        poller.viewers.review_facts.stored = stored_past(self._store)
        exceptions = added.rows(self._store, POLICY_EXCEPTIONS)
        poller.exceptions.rows = lambda: exceptions

    def noted(self, review: Review) -> Review:
        """The review with the notes that people wrote about its period."""
        return replace(review, notes=reviews.notes(added.rows(self._store, REVIEW_NOTES, review.period.name)))

    def signed(self, period: Period, service: str, options: argparse.Namespace) -> str | None:
        """The copy of a review that was signed off; None if nobody has signed it.

        Args:
            period: the period. `service`: id of the reviewed service; empty: all services.
            options: name the team and the format.
        """
        scope = urlencode({name: value for name, value in (("service", service), ("team", options.team)) if value})
        return (reviews.copies(self._store, reviews.sign_off_id(period.name, scope)) or {}).get(options.format)
