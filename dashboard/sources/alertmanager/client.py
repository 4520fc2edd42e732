"""A client of the Alertmanager API, version 2: current alerts, silences and receivers.

https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TypeVar, Unpack

import msgspec

from dashboard.alerts.alert import labels_of
from dashboard.alerts.alertmanager import RoutedAlert, Routing, Silence
from dashboard.exceptions import InvalidData
from dashboard.sources.prometheus.client.http import Api, ConnectionOptions

T = TypeVar("T")


class _Status(msgspec.Struct):
    state: str = ""
    silencedBy: list[str] | None = None
    inhibitedBy: list[str] | None = None


class _Receiver(msgspec.Struct):
    name: str = ""


class _Alert(msgspec.Struct):
    labels: dict[str, str]
    startsAt: datetime
    annotations: dict[str, str] | None = None
    receivers: list[_Receiver] | None = None
    status: _Status | None = None
    generatorURL: str = ""


class _Matcher(msgspec.Struct):
    name: str
    value: str
    isRegex: bool = False
    isEqual: bool = True


class _Silence(msgspec.Struct):
    id: str
    startsAt: datetime
    endsAt: datetime
    status: _Status | None = None
    createdBy: str = ""
    comment: str = ""
    matchers: list[_Matcher] | None = None


class Alertmanager:
    """One Alertmanager.

    Args:
        url: its address; a path prefix is kept.
        connection: headers, credentials, time limit and trust, as `Api` describes them.

    Attributes:
        where: the address without secrets, to be shown.

    Raises:
        SourceError, ConfigError: an address, header or CA file that cannot work.
    """

    def __init__(self, url: str, **connection: Unpack[ConnectionOptions]) -> None:
        self._api = Api(url, **connection)
        self.where = self._api.where

    def routing(self, now: float) -> Routing:
        """What it says now (epoch seconds).

        Raises:
            SourceError: it did not answer, or with something else than its API.
        """
        alerts = self._get("alerts", list[_Alert])
        silences = self._get("silences", list[_Silence])
        receivers = self._get("receivers", list[_Receiver])
        return Routing(
            now,
            tuple(map(_routed, alerts)),
            tuple(sorted(_silences(silences), key=lambda silence: silence.end)),
            tuple(receiver.name for receiver in receivers),
        )

    def close(self) -> None:
        """Close the connections."""
        self._api.close()

    def _get(self, path: str, kind: type[T]) -> T:
        body = self._api.get(f"api/v2/{path}", api="an Alertmanager API")
        try:
            return msgspec.json.decode(body, type=kind)
        except (msgspec.DecodeError, RecursionError) as error:
            raise InvalidData(f"{self.where} sent {path} that are none of the API of Alertmanager: {error}") from error


def _routed(alert: _Alert) -> RoutedAlert:
    status = alert.status or _Status()
    return RoutedAlert(
        labels_of(alert.labels),
        alert.startsAt.timestamp(),
        tuple(dict.fromkeys(receiver.name for receiver in alert.receivers or ())),
        tuple(status.silencedBy or ()),
        is_inhibited=bool(status.inhibitedBy),
        is_processed=status.state != "unprocessed",
        annotations=alert.annotations or {},
        link=_web(alert.generatorURL),
    )


def _silences(silences: Iterable[_Silence]) -> Iterator[Silence]:
    """Those that hold or will: it remembers others for days."""
    for silence in silences:
        state = (silence.status or _Status()).state
        if state != "expired":
            yield Silence(
                silence.id,
                silence.createdBy,
                silence.comment,
                silence.startsAt.timestamp(),
                silence.endsAt.timestamp(),
                tuple(map(_matcher, silence.matchers or ())),
                is_pending=state == "pending",
            )


def _matcher(matcher: _Matcher) -> str:
    sign = {(True, False): "=", (False, False): "!=", (True, True): "=~", (False, True): "!~"}
    value = msgspec.json.encode(matcher.value).decode()
    return f"{matcher.name}{sign[matcher.isEqual, matcher.isRegex]}{value}"


def _web(link: str) -> str:
    """A link that leads to the web; empty for any other."""
    return link if link.startswith(("http://", "https://")) else ""
