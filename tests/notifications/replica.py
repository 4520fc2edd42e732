"""Tells two receivers of incidents until it is killed."""

import sys
import threading
import time

from dashboard.notifications import courier as couriers
from dashboard.notifications.courier import Courier, Situation
from dashboard.notifications.opening import open_receivers
from dashboard.state.opening import open_store
from dashboard.state.spec import StateSpec
from tests.notifications.samples import incident, plain_letter, webhook

if __name__ == "__main__":
    where, url, count = sys.argv[1:]
    couriers.EVERY_S, couriers.LEASE_S = 0.05, 0.5
    known, ended = [incident(f"a{number}") for number in range(int(count))], threading.Event()
    receivers = open_receivers([webhook(url, name) for name in ("first", "second")], time.time, ended)
    courier = Courier(
        open_store(StateSpec(where)), receivers, lambda: Situation(known), plain_letter, time.time, ended
    )  # fmt: skip
    courier.start()
    time.sleep(60)
