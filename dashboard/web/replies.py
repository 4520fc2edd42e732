"""Answers to programs, including refusals: each with a status and one sentence."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response


class Refusal(Exception):
    """A rejected request.

    Args:
        status: HTTP status. `sentence`: why, and what to do. `wait`: seconds until it may be repeated.
    """

    def __init__(self, status: int, sentence: str, wait: float | None = None) -> None:
        super().__init__(sentence)
        self.status, self.sentence, self.wait = status, sentence, wait

    @property
    def headers(self) -> dict[str, str]:
        """Headers that belong to the status."""
        if self.status == 401:
            return {"WWW-Authenticate": "Bearer"}
        return {} if self.wait is None else {"Retry-After": str(max(math.ceil(self.wait), 1))}


def reply(
    value: Mapping[str, Any] | Sequence[Any], status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """JSON that no browser takes for HTML, whatever senders wrote.

    Args:
        value: without NaN. `status`: HTTP status. `headers`: in addition to those of every response.
    """
    written = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    # Escaped as Grafana does, so that no text ends a script in a page that includes it.
    for sign in "<>&":
        written = written.replace(sign, f"\\u{ord(sign):04x}")
    return Response(written, status, headers, media_type="application/json")
