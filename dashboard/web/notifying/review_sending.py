"""Sends the review of each week or month once it is over: stored first, so that it is sent only once."""

import json
import logging
import threading
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from dashboard.config.review_tables import ReviewSettings
from dashboard.engine.poller import Poller
from dashboard.engine.source_status import SourceState
from dashboard.exceptions import StateError
from dashboard.notifications.delivery import Notification
from dashboard.notifications.message import PAGERS
from dashboard.notifications.spec import MessageSpec, ReceiverSpec
from dashboard.notifications.writing import serialized
from dashboard.review.making import narrowed
from dashboard.review.period import Period
from dashboard.review.review import Review
from dashboard.slo.windows import Unit
from dashboard.state import deliveries
from dashboard.state.deliveries import Notice
from dashboard.state.store import Store
from dashboard.timerange import DAY, HOUR
from dashboard.ui.text import units
from dashboard.ui.text.review import review_message, review_periods, review_sentences
from dashboard.web.notifying import notification_json
from dashboard.web.status_json import time

log = logging.getLogger(__name__)

# Seconds after the end of the period, in the morning, at which it is sent; and after which it is dropped.
MORNING_S, LATE_S = 8 * HOUR, 2 * DAY
# How long to wait for incidents of the past after a start.
GRACE_S = float(HOUR)
# Seconds between two checks whether one is due; and how long to wait for the review itself.
EVERY_S, WAIT_S = 20.0, 15.0
# The event name of these notifications in the state, beside the events of incidents.
EVENT = "review"


class ReviewSender:
    """A thread that stores reviews to be sent, if configured.

    Args:
        poller: works reviews out. `sending`: which, and to whom. `receivers`: all that there are.
        store: keeps what is to be sent. `zone`: IANA name. `base_url`: under which pages are reached; empty: unknown.
    """

    def __init__(
        self,
        poller: Poller,
        sending: ReviewSettings,
        receivers: Sequence[ReceiverSpec],
        store: Store,
        *,
        zone: str,
        base_url: str,
    ) -> None:
        self._poller, self._unit, self._store = poller, sending.unit, store
        self._receivers = [each for each in receivers if _receives(each, sending)]
        self._zone, self._base_url = zone, base_url.rstrip("/")
        self._stored = ""
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reviews", daemon=True)

    def start(self) -> None:
        """Start, if anything is to be sent."""
        if self._unit is not None and self._receivers:
            self._thread.start()

    def stop(self) -> None:
        """Stop."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def turn(self) -> int:
        """Store the review that is due; returns the number of notifications.

        Raises:
            StateError: the store failed; it is tried again at the next turn.
        """
        now = self._poller.clock()
        period = None if self._unit is None else due(self._unit, self._zone, now)
        if period is None or period.name == self._stored or not self._is_known(period, now):
            return 0
        window = self._poller.viewers.reviews.fetch(period, wait_s=WAIT_S)
        # A review computed before the end of the period is not final.
        if window.review is None or not window.is_whole or window.review.at < period.end + MORNING_S:
            return 0
        count = sum(self._keep(window.review, receiver, now) for receiver in self._receivers)
        self._stored = period.name
        return count

    def _is_known(self, period: Period, now: float) -> bool:
        """Whether the source answers and past incidents have been searched."""
        snapshot = self._poller.read()
        # Ended data are not notified.
        if snapshot.source.state is not SourceState.OK or snapshot.source.data_end is not None:
            return False
        return snapshot.incidents_missing == 0 or now > period.end + MORNING_S + GRACE_S

    def _keep(self, whole: Review, receiver: ReceiverSpec, now: float) -> bool:
        """Store the notification of one receiver; False if another process has, or nothing concerns it."""
        services = [service for service in whole.services if receiver.concerns(service)]
        if not services:
            return False
        review = narrowed(whole, services) if len(services) < len(whole.services) else whole
        name = f"{EVENT} {review.period.name}"
        notice = Notice(
            id=f"{name} {receiver.name}",
            incident=name,
            event=EVENT,
            receiver=receiver.name,
            severity="",
            services=len(services),
            content=serialized(self._notification(review, now)),
            added_at=now,
        )
        return deliveries.add(self._store, notice)

    def _notification(self, review: Review, now: float) -> Notification:
        link = f"{self._base_url}/review?period={quote(review.period.name)}" if self._base_url else ""
        content = notification_json.envelope(EVENT, data_of(review, link), now)
        return Notification(
            number="",
            body=json.dumps(content, ensure_ascii=False, allow_nan=False),
            title=review_message.title(review),
            text=review_message.text(review, link),
        )

    def _run(self) -> None:
        problem = ""
        while not self._ended.is_set():
            try:
                self.turn()
                problem = ""
            except StateError as error:
                if str(error) != problem:
                    log.warning("The review waits, as the state cannot be used: %s", error)
                problem = str(error)
            except Exception:  # the thread must survive any error
                log.exception("The review could not be sent")
            self._ended.wait(EVERY_S)


def due(unit: Unit, zone: str, now: float) -> Period | None:
    """The period whose review is due; None if it is too early, or too late for the last one.

    Args:
        unit: of the periods. `zone`: IANA name. `now`: epoch seconds.
    """
    (last,) = Period.holding(now, unit, zone).earlier(1)
    return last if MORNING_S <= now - last.end < LATE_S else None


def data_of(review: Review, link: str) -> dict[str, Any]:
    """The content of a review for programs; `link`: to its page, empty without one."""
    period = review.period
    return {
        "period": {"name": period.name, "start": time(period.start), "end": time(period.end), "time_zone": period.zone},
        "title": units.plain(review_periods.title(period)),
        "sentence": review_sentences.paragraph(review),
        "objectives": [
            {
                "service": review.title_of(objective.slo.service),
                "slo": objective.slo.name,
                "objective": objective.slo.objective,
                "verdict": str(objective.verdict),
                "achieved": objective.achieved,
                "spent": objective.spent,
            }
            for objective in review.objectives
        ],
        "links": {"review": link} if link else {},
    }


def _receives(receiver: ReceiverSpec, sending: ReviewSettings) -> bool:
    """Whether a receiver gets reviews; a pager never does, as it would wake somebody up."""
    is_pager = isinstance(receiver, MessageSpec) and receiver.url.partition("://")[0].casefold() in PAGERS
    return not is_pager and (not sending.receivers or receiver.name in sending.receivers)
