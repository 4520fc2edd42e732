"""Answers to programs, including refusals: each with a status and one sentence."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response


class Refusal(Exception):
    """A request is not done.

    Args:
        status: of HTTP. `sentence`: why, and what to do. `wait`: seconds after which it may be asked again.
    """

    def __init__(self, status: int, sentence: str, wait: float | None = None) -> None:
        super().__init__(sentence)
        self.status, self.sentence, self.wait = status, sentence, wait

    @property
    def headers(self) -> dict[str, str]:
        """What belongs to the status."""
        if self.status == 401:
            return {"WWW-Authenticate": "Bearer"}
        return {} if self.wait is None else {"Retry-After": str(max(math.ceil(self.wait), 1))}


def reply(
    value: Mapping[str, Any] | Sequence[Any], status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """JSON that no browser takes for HTML, whatever senders wrote.

    Args:
        value: without NaN. `status`: of HTTP. `headers`: beside those of every answer.
    """
    written = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    # As Grafana writes it, so that no text ends a script in a page that takes it over.
    for sign in "<>&":
        written = written.replace(sign, f"\\u{ord(sign):04x}")
    return Response(written, status, headers, media_type="application/json")
