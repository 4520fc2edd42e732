"""Stores notifications and sends them: one thread watches incidents, and one for each receiver sends.

A slow or unreachable receiver delays no other one, and no stored notification is lost: unsent ones wait in the store,
for this process or another one.
"""

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dashboard.exceptions import StateError
from dashboard.incidents.incident import Incident, Severity
from dashboard.notifications.delivery import Notification, NotSent, Receiver
from dashboard.notifications.events import Announcement, Event, events
from dashboard.notifications.spec import EventKind, ReceiverSpec
from dashboard.notifications.status import ReceiverStatus
from dashboard.notifications.writing import notification_of, serialized
from dashboard.state import deliveries
from dashboard.state.deliveries import Notice, Tally
from dashboard.state.store import Store

log = logging.getLogger(__name__)

KINDS = frozenset(map(str, EventKind))
# Seconds between looks for new and due notifications.
EVERY_S = 5.0
# Seconds of a claim: longer than all attempts in a row. Afterwards another replica tries.
LEASE_S = 120.0
# Seconds until the next attempt, doubled each time, and their maximum.
PAUSE_S, PAUSE_MAX_S = 30.0, 900.0
# Seconds after which an unsent notification is outdated.
GIVE_UP_S = 6 * 3600.0
# The status covers this many seconds.
SHOWN_S = 30 * 86_400.0
# Seconds between counts while nothing happens.
COUNT_S = 60.0
# Maximum seconds to wait for all threads to end.
JOIN_S = 2.0


@dataclass(frozen=True, slots=True)
class Situation:
    """The known incidents at one time; `is_current`: the source answers, so that an end is real."""

    incidents: Sequence[Incident]
    is_current: bool = True


class Dispatcher:
    """Notifies receivers of incidents.

    Args:
        store: keeps notifications. `receivers`: to notify. `read`: returns the newest situation.
        write: makes the notification for an event, without its number. `clock`: epoch seconds.
        ended: set to end everything.
    """

    def __init__(
        self,
        store: Store,
        receivers: Sequence[Receiver],
        read: Callable[[], Situation],
        write: Callable[[Event], Notification],
        clock: Callable[[], float],
        ended: threading.Event,
    ) -> None:
        self._store, self._receivers, self._read, self._write = store, tuple(receivers), read, write
        self._clock, self._ended = clock, ended
        self._announced: dict[tuple[str, str], list[Announcement]] | None = None
        self._tallies: dict[str, Tally] = {}
        self._sent: dict[str, int] = defaultdict(int)
        self._failed: dict[str, int] = defaultdict(int)
        self._problem: str | None = None
        self._kept_at = self._counted_at = float("-inf")
        self._wake = {receiver.spec.name: threading.Event() for receiver in self._receivers}
        self._threads = [threading.Thread(target=self._look, name="notifications", daemon=True)]
        self._threads += [
            threading.Thread(target=self._send_when_due, args=(receiver,), name=f"to {receiver.spec.name}", daemon=True)
            for receiver in self._receivers
        ]

    def start(self) -> None:
        """Start, if there are receivers."""
        if self._receivers:
            for thread in self._threads:
                thread.start()

    def stop(self) -> None:
        """Stop; waits shortly for notifications being sent, and the others stay stored."""
        self._ended.set()
        for event in self._wake.values():
            event.set()
        ends = time.monotonic() + JOIN_S
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout=max(ends - time.monotonic(), 0.0))

    @property
    def problem(self) -> str | None:
        """Why nothing new can be sent, one sentence; None if it can."""
        return self._problem

    def status(self) -> list[ReceiverStatus]:
        """The status of each receiver, as of the last look."""
        return [self._status(receiver.spec) for receiver in self._receivers]

    def _status(self, spec: ReceiverSpec) -> ReceiverStatus:
        tally = self._tallies.get(spec.name, Tally())
        return ReceiverStatus(
            name=spec.name,
            kind=spec.kind,
            waiting=tally.waiting,
            given_up=tally.failed,
            arrived=tally.sent,
            problem=tally.problem,
            sent=self._sent[spec.name],
            failed=self._failed[spec.name],
        )

    def look(self) -> int:
        """Store new notifications of incidents, to be sent; returns their number.

        Raises:
            StateError: the store failed; what was not stored is found again at the next look.
        """
        announced = self._known()
        situation = self._read()
        specs = [receiver.spec for receiver in self._receivers]
        count, faults = 0, []
        for event in events(situation.incidents, specs, announced):
            if event.kind is EventKind.CLOSE and not situation.is_current:
                continue
            try:
                count += self._keep(event)
            except StateError:
                raise
            # An incident that cannot be put into words must not prevent the notifications of others.
            except Exception as error:
                faults.append(error)
            self._wake[event.receiver.name].set()
        self._count(is_new=bool(count))
        if faults:
            raise faults[0]
        return count

    def send_due(self, receiver: Receiver) -> int:
        """Send a receiver what is due; returns the number of successful notifications.

        Raises:
            StateError: the store failed; notifications not marked as sent are sent again later.
        """
        arrived = 0
        for number in deliveries.due(self._store, receiver.spec.name, self._clock()):
            if self._ended.is_set():
                break
            notice = deliveries.claim(self._store, number, self._clock(), LEASE_S)
            if notice is not None:
                arrived += self._send(receiver, notice)
        return arrived

    def _count(self, *, is_new: bool) -> None:
        """Count notifications now and then, for display only."""
        now = self._clock()
        waits = any(tally.waiting for tally in self._tallies.values())
        if is_new or waits or not now < self._counted_at + COUNT_S:
            self._tallies = deliveries.tallies(self._store, self._wake.keys(), now - SHOWN_S)
            self._counted_at = now

    def _known(self) -> dict[tuple[str, str], list[Announcement]]:
        if self._announced is None:
            known: dict[tuple[str, str], list[Announcement]] = defaultdict(list)
            for notice in deliveries.known(self._store):
                # Reviews are stored beside the events of incidents.
                if notice.event not in KINDS:
                    continue
                known[notice.incident, notice.receiver].append(_announcement(notice))
            self._announced = known
        return self._announced

    def _keep(self, event: Event) -> bool:
        notification = self._write(event) if event.is_wanted else None
        # They are sent in the order of these times, which must increase whatever the clock does.
        self._kept_at = max(self._clock(), self._kept_at + 0.001)
        notice = Notice(
            id=event.id,
            incident=event.incident.id,
            event=str(event.kind),
            receiver=event.receiver.name,
            severity=str(event.incident.severity),
            services=len(event.incident.services),
            content="" if notification is None else serialized(notification),
            added_at=self._kept_at,
        )
        is_new = deliveries.add(self._store, notice)
        if not is_new:
            # Another replica was faster and may know more, so everything is read again at the next look.
            self._announced = None
        elif self._announced is not None:
            self._announced[notice.incident, notice.receiver].append(_announcement(notice))
        return is_new

    def _send(self, receiver: Receiver, notice: Notice) -> bool:
        now = self._clock()
        if notice.attempts > 1 and now > notice.added_at + GIVE_UP_S:
            # Including those without any answer because each sender crashed.
            self._give_up(notice, now, "nobody could send it")
            return False
        try:
            receiver.send(notification_of(notice))
        except NotSent as error:
            self._not_sent(notice, error)
            return False
        self._sent[notice.receiver] += 1
        deliveries.sent(self._store, notice.id, self._clock())
        return True

    def _not_sent(self, notice: Notice, error: NotSent) -> None:
        now = self._clock()
        pause = min(PAUSE_S * 2 ** min(notice.attempts - 1, 10), PAUSE_MAX_S)
        due_at = now + max(pause, error.wait or 0.0)
        if error.is_final or due_at > notice.added_at + GIVE_UP_S:
            self._give_up(notice, now, error.problem)
        else:
            deliveries.put_off(self._store, notice.id, due_at, error.problem)

    def _give_up(self, notice: Notice, now: float, problem: str) -> None:
        self._failed[notice.receiver] += 1
        deliveries.give_up(self._store, notice.id, now, problem)

    def _look(self) -> None:
        while not self._ended.is_set():
            self._problem = self._tried(self.look)
            self._ended.wait(EVERY_S)

    def _send_when_due(self, receiver: Receiver) -> None:
        wake = self._wake[receiver.spec.name]
        while not self._ended.is_set():
            wake.clear()
            self._tried(lambda: self.send_due(receiver))
            if not self._ended.is_set():
                wake.wait(EVERY_S)

    def _tried(self, task: Callable[[], int]) -> str | None:
        try:
            task()
        except StateError as error:
            return f"Notifications wait, as the state cannot be used: {error}"
        # A fault of ours or of a library must not end the thread, or nobody would be notified any more.
        except Exception:
            log.exception("notifications")
            return "Notifications wait: there is a fault in the program, see its log"
        return None


def _announcement(notice: Notice) -> Announcement:
    # Older versions did not store the severity; a page is the safe assumption, as nothing is more urgent.
    return Announcement(
        EventKind(notice.event), Severity(notice.severity or Severity.PAGE), notice.services, notice.added_at
    )
