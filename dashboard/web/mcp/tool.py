"""A tool: its name, its arguments, and its answer."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from dashboard.engine.poller import Poller
from dashboard.engine.snapshot import Snapshot
from dashboard.engine.source_status import SourceState
from dashboard.web.api_query import Refusal, check_names
from dashboard.web.service.service_api import ServiceApi

# Seconds to wait for the first snapshot, and between looks.
FIRST_S, LOOK_S = 25.0, 0.1


@dataclass(frozen=True, slots=True)
class Desk:
    """The data that all tools answer from.

    Attributes:
        poller: is read. `api`: answers what is not in the snapshot, shared by all programs.
        base: URL of the pages, without a slash at its end; empty: links start at the root.
    """

    poller: Poller
    api: ServiceApi
    base: str = ""

    def snapshot(self) -> Snapshot:
        """The newest snapshot; waits for the first one after a start."""
        until = time.monotonic() + FIRST_S
        while self.poller.read().source.state is SourceState.STARTING and time.monotonic() < until:
            time.sleep(LOOK_S)
        return self.poller.read()

    def page(self, name: str, **choice: str) -> str:
        """The URL of a page.

        Args:
            name: of the page, such as `service`. `choice`: its parameters.
        """
        return f"{self.base}/{name}{'?' if choice else ''}{urlencode(choice)}"


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a tool, a text; `choices`: its allowed values."""

    what: str
    required: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool.

    Attributes:
        what: describes its answer to the model that chooses a tool. `arguments`: by their names.
        answer: returns plain values without NaN; rejects invalid arguments.
        more: where to find what an answer leaves out.
    """

    name: str
    title: str
    what: str
    answer: Callable[[Desk, Mapping[str, str]], dict[str, Any]]
    arguments: Mapping[str, Argument] = field(default_factory=dict)
    more: str = ""

    @property
    def schema(self) -> dict[str, Any]:
        """JSON Schema of its arguments."""
        properties = {
            name: {"type": "string", "description": argument.what}
            | ({"enum": list(argument.choices)} if argument.choices else {})
            for name, argument in self.arguments.items()
        }
        required = [name for name, argument in self.arguments.items() if argument.required]
        return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}

    def asked(self, desk: Desk, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Check the arguments, and answer.

        Args:
            desk: the data. `arguments`: as received.

        Raises:
            Refusal: the arguments are invalid, or the answer is not available now.
        """
        check_names(arguments, tuple(self.arguments))
        if wrong := next((name for name, value in arguments.items() if isinstance(value, list | dict)), None):
            raise Refusal(400, f"{wrong} is a list or a table: write one text")
        return self.answer(desk, {name: str(value) for name, value in arguments.items() if value is not None})
