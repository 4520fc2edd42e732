"""Notifies receivers of the poller's incidents, with sentences and links of the pages."""

import json
import threading

from dashboard.config.configuration import Config
from dashboard.engine.poller import Poller
from dashboard.engine.source_status import SourceState
from dashboard.exceptions import ConfigError
from dashboard.notifications import running
from dashboard.notifications.delivery import Notification
from dashboard.notifications.dispatcher import Dispatcher, Situation
from dashboard.notifications.events import Event
from dashboard.notifications.opening import open_receivers, problems
from dashboard.notifications.spec import EventKind
from dashboard.state.store import Store
from dashboard.ui.text.incidents import notification_text
from dashboard.web.notifying import notification_json
from dashboard.web.notifying.review_sending import ReviewSender


def check_receivers(config: Config) -> None:
    """Check the configured receivers before anything is served.

    Raises:
        ConfigError: one line for each receiver that can never be notified.
    """
    if lines := problems(config.receivers):
        raise ConfigError(*lines)


class Notifying:
    """Runs the courier of a poller.

    Args:
        poller: has incidents and the clock. `config`: names receivers. `store`: of the state.
    """

    def __init__(self, poller: Poller, config: Config, store: Store) -> None:
        self._poller, self._base_url = poller, config.base_url
        ended = threading.Event()
        receivers = open_receivers(config.receivers, poller.clock, ended)
        self._dispatcher = Dispatcher(store, receivers, self._situation, self._notification, poller.clock, ended)
        self._is_used = bool(receivers)
        self._reviews = ReviewSender(
            poller, config.review_settings, config.receivers, store, zone=config.time_zone, base_url=config.base_url
        )

    def start(self) -> None:
        """Start, if there are receivers."""
        if self._is_used:
            running.use(self._dispatcher)
        self._dispatcher.start()
        self._reviews.start()

    def stop(self) -> None:
        """Stop; waiting notifications stay stored."""
        running.use(None)
        self._reviews.stop()
        self._dispatcher.stop()

    def _situation(self) -> Situation:
        snapshot = self._poller.read()
        if snapshot.source.data_end is not None:
            # Incidents of ended data are not notified.
            return Situation((), is_current=False)
        return Situation(snapshot.incidents, is_current=snapshot.source.state is SourceState.OK)

    def _notification(self, event: Event) -> Notification:
        content = notification_json.as_json(event, self._poller.read(), self._base_url, self._poller.clock())
        data = content["data"]
        return Notification(
            number="",
            body=json.dumps(content, ensure_ascii=False, allow_nan=False),
            title=data["title"],
            text=notification_text.body(data["sentence"], data["links"].get("incident", "")),
            severity=str(event.incident.severity),
            is_over=event.kind is EventKind.CLOSE,
            keys=(event.incident.id, *event.incident.aliases),
        )
