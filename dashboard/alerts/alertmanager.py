"""The state of an Alertmanager at one time: its alerts, silences and receivers.

https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from dashboard.alerts.alert import Labels

# An answer older than this multiple of its allowed age is ignored.
DOWN_AFTER = 5.0


@dataclass(frozen=True, slots=True)
class Silence:
    """An active or future silence.

    Attributes:
        author, comment: as given. `start`, `end`: epoch seconds.
        matchers: in the usual notation: `severity="page"`.
        is_pending: it has not started.
    """

    id: str
    author: str
    comment: str
    start: float
    end: float
    matchers: tuple[str, ...] = ()
    is_pending: bool = False


class Suppression(StrEnum):
    """Whether notifications of an alert are suppressed."""

    NONE = "none"
    SILENCED = "silenced"
    INHIBITED = "inhibited"


@dataclass(frozen=True, slots=True)
class RoutedAlert:
    """An alert in Alertmanager.

    Attributes:
        labels: sorted. `annotations`: such as `summary` and `runbook_url`. `start`: epoch seconds.
        receivers: of its routes. `silences`: ids of those that suppress it. `is_inhibited`: another alert does.
        is_processed: False until Alertmanager has decided whether it is suppressed.
        link: to the rule's expression; empty without one.
    """

    labels: Labels
    start: float
    receivers: tuple[str, ...] = ()
    silences: tuple[str, ...] = ()
    is_inhibited: bool = False
    is_processed: bool = True
    annotations: Mapping[str, str] = field(default_factory=dict)
    link: str = ""

    @property
    def suppression(self) -> Suppression | None:
        """None if it is not decided yet."""
        if self.silences:
            return Suppression.SILENCED
        if self.is_inhibited:
            return Suppression.INHIBITED
        return Suppression.NONE if self.is_processed else None


@dataclass(frozen=True, slots=True)
class Routing:
    """The answer of Alertmanager at one time.

    Attributes:
        at: epoch seconds. `receivers`: all configured ones.
        asked: number of requested Alertmanagers. `unreachable`: why some of them did not answer, one line each.
    """

    at: float
    alerts: tuple[RoutedAlert, ...] = ()
    silences: tuple[Silence, ...] = ()
    receivers: tuple[str, ...] = ()
    asked: int = 1
    unreachable: tuple[str, ...] = ()


class RoutingState(StrEnum):
    """Whether information on silences is reliable."""

    ABSENT = "absent"
    STARTING = "starting"
    OK = "ok"
    STALE = "stale"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class RoutingStatus:
    """The status of the Alertmanager.

    Attributes:
        where: its address, or those of several, without secrets; empty if none is configured.
        at: epoch seconds of its last answer; None without any.
        error: of the last request, one line; None if it was answered.
        stale_after_s: seconds after which its last answer is old.
        asked: number of requested Alertmanagers. `unreachable`: why some did not answer while others did.
    """

    state: RoutingState = RoutingState.ABSENT
    where: str = ""
    at: float | None = None
    error: str | None = None
    stale_after_s: float = 60.0
    asked: int = 1
    unreachable: tuple[str, ...] = ()

    @property
    def ages_at(self) -> tuple[float, ...]:
        """Epoch seconds at which the status changes without new answers."""
        return () if self.at is None else (self.at + self.stale_after_s, self.at + DOWN_AFTER * self.stale_after_s)

    def as_of(self, now: float) -> "RoutingStatus":
        """The status at `now` (epoch seconds) without new answers; the same object while nothing has aged."""
        if self.state is RoutingState.ABSENT:
            return self
        state = routing_state(self.at, now, self.stale_after_s, is_failing=self.error is not None)
        return self if state is self.state else replace(self, state=state)


def routing_state(at: float | None, now: float, stale_after_s: float, *, is_failing: bool) -> RoutingState:
    """Whether the last answer of an Alertmanager is reliable.

    Args:
        at: epoch seconds of the answer; None without any. `now`: epoch seconds.
        stale_after_s: seconds after which it is old. `is_failing`: the last request failed.
    """
    if at is None:
        return RoutingState.DOWN if is_failing else RoutingState.STARTING
    if abs(now - at) <= stale_after_s:
        return RoutingState.OK
    return RoutingState.DOWN if abs(now - at) > DOWN_AFTER * stale_after_s else RoutingState.STALE
