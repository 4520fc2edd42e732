"""notify --test: send a test message to each receiver and report whether it was accepted."""

import argparse
import json
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from dashboard.commands.options import configuration
from dashboard.exceptions import ConfigError
from dashboard.notifications.delivery import Notification, NotSent, Receiver
from dashboard.notifications.opening import open_receivers
from dashboard.ui.text.incidents import notification_text

NOT_ARRIVED = 1


def notify(options: argparse.Namespace) -> int:
    """Send a test message to all configured receivers in parallel; returns 1 if one failed."""
    config = configuration(options)
    if not options.test:
        raise ConfigError(
            "notify sends test messages: write --test; real notifications are sent while the dashboard is served"
        )
    if not config.receivers:
        where = options.config or "the configuration"
        raise ConfigError(
            f"{where}: nobody is notified of incidents: add [[webhooks]] or [[notify]], or name another file"
        )
    receivers = open_receivers(config.receivers, time.time, threading.Event())
    notification = _notification()
    with ThreadPoolExecutor(len(receivers)) as pool:
        problems = list(pool.map(lambda receiver: _problem(receiver, notification), receivers))
    for receiver, problem in zip(receivers, problems, strict=True):
        file = sys.stdout if problem is None else sys.stderr
        said = "the test message was sent" if problem is None else f"not sent: {problem}"
        print(f"golden-signals: {receiver.spec.name}: {said}", file=file)
    return NOT_ARRIVED if any(problems) else 0


def _notification() -> Notification:
    from dashboard.web.notifying.notification_json import envelope

    now = time.time()
    # A new id each time: a receiver that drops duplicates must accept every test.
    number = f"msg_test_{int(now * 1000)}"
    data = {"title": notification_text.TEST_TITLE, "sentence": notification_text.TEST_TEXT}
    return Notification(
        number=number,
        body=json.dumps(envelope("test", data, now), ensure_ascii=False),
        title=notification_text.TEST_TITLE,
        text=notification_text.TEST_TEXT,
    )


def _problem(receiver: Receiver, notification: Notification) -> str | None:
    try:
        receiver.send(notification)
    except NotSent as error:
        return error.problem
    return None
