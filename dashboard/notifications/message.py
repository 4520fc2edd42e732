"""A message to people through Apprise, which supports a hundred services by their URLs: https://appriseit.com

Its import takes a moment, and it is optional: it is imported only if used.
"""

import logging
import re
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlencode

from dashboard.notifications.delivery import Notification, NotSent
from dashboard.notifications.spec import MessageSpec
from dashboard.redaction import HIDDEN, redacted

# Maximum seconds for one message, including retries.
SEND_S = 30.0
MISSING = "Apprise is not installed: pip install 'golden-signals[notify]'"
# Pagers wake somebody up at any message, unless it names the alert that it updates or resolves.
PAGERS = {"pagerduty"}
# Shorter parts of an address are not treated as secrets, as they may be words of messages.
SECRET_LENGTH = 6


class Message:
    """Sends notifications to one Apprise URL.

    Args:
        spec: of the receiver.
    """

    def __init__(self, spec: MessageSpec) -> None:
        self.spec = spec

    def problem(self) -> str | None:
        """Why the URL can never work; None if Apprise accepts it."""
        if find_spec("apprise") is None:
            return MISSING
        return (
            None
            if self._client(self.spec.url) is not None
            else "Apprise does not understand its address: see its documentation"
        )

    def send(self, notification: Notification) -> None:
        """Send a notification as a message.

        Raises:
            NotSent: it was not accepted.
        """
        if find_spec("apprise") is None:
            raise NotSent(MISSING)
        for url in self._urls(notification):
            self._send(url, notification)

    def _urls(self, notification: Notification) -> list[str]:
        """URLs for a notification: pagers get the key of the alert, so that its end wakes nobody up."""
        scheme, _, rest = self.spec.url.partition("://")
        if scheme.casefold() not in PAGERS or not notification.keys:
            return [self.spec.url]
        # Merged incidents were sent under their own keys: the end closes all of them.
        keys = notification.keys if notification.is_over else notification.keys[:1]
        sign = "&" if "?" in rest else "?"
        return [f"{self.spec.url}{sign}{urlencode({'action': 'map', 'dedup': key})}" for key in keys]

    def _send(self, url: str, notification: Notification) -> None:
        client = self._client(url)
        if client is None:
            raise NotSent("Apprise does not understand its address", is_final=True)
        from apprise import NotifyFormat, NotifyType

        kinds = {"page": NotifyType.FAILURE, "ticket": NotifyType.WARNING}
        kind = NotifyType.SUCCESS if notification.is_over else kinds.get(notification.severity, NotifyType.INFO)
        lines: list[str] = []
        result = client.notify(
            title=notification.title,
            body=notification.text,
            notify_type=kind,
            body_format=NotifyFormat.TEXT,
            log_callback=lambda entry, _: lines.append(str(entry.message)),
            log_level=logging.WARNING,
        )
        if not result:
            raise NotSent(self._without_secrets(" ".join(lines)[:200]) or "the message was not taken")

    def _client(self, url: str) -> Any:
        """Apprise with one URL; None if it is invalid."""
        import apprise

        asset = apprise.AppriseAsset(
            app_id="golden-signals", app_desc="golden-signals", storage_mode="memory", http_redirects=False,
            service_timeout=SEND_S, image_url_mask=None, image_url_logo=None,
        )  # fmt: skip
        client = apprise.Apprise(asset=asset)
        return client if client.add(url) and len(client) == 1 else None

    def _without_secrets(self, text: str) -> str:
        # Error messages of the library may contain parts of the URL.
        for part in sorted(re.split(r"[/?#@:&=,\s]+", self.spec.url), key=len, reverse=True):
            if len(part) >= SECRET_LENGTH:
                text = text.replace(part, HIDDEN)
        # Many lines end with the URL.
        return re.sub(rf"( to| at)? {HIDDEN}$", "", redacted(" ".join(text.split())).rstrip("."))
