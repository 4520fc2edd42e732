"""Tells two receivers of incidents until it is killed."""

import sys
import threading
import time

from dashboard.notifications import dispatcher as dispatching
from dashboard.notifications.dispatcher import Dispatcher, Situation
from dashboard.notifications.opening import open_receivers
from dashboard.state.opening import open_store
from dashboard.state.spec import StateSpec
from tests.notifications.samples import incident, plain_notification, webhook

if __name__ == "__main__":
    where, url, count = sys.argv[1:]
    dispatching.EVERY_S, dispatching.LEASE_S = 0.05, 0.5
    known, ended = [incident(f"a{number}") for number in range(int(count))], threading.Event()
    receivers = open_receivers([webhook(url, name) for name in ("first", "second")], time.time, ended)
    dispatcher = Dispatcher(
        open_store(StateSpec(where)), receivers, lambda: Situation(known), plain_notification, time.time, ended
    )  # fmt: skip
    dispatcher.start()
    time.sleep(60)
