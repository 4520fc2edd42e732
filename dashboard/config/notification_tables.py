"""[[webhooks]] and [[notify]]: who is notified of which incidents, and where the secrets are."""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from dashboard.incidents.incident import Severity
from dashboard.notifications.spec import EventKind, MessageSpec, ReceiverSpec, WebhookSpec
from dashboard.toml import file_parsers, parsers
from dashboard.toml.place import Place
from dashboard.toml.reader import KeyProblem, Parser, PathParser, Reader, Values

# Standard Webhooks requires 24 to 64 bytes; a shorter secret can be guessed.
SHORTEST = 16
PREFIX = "whsec_"
RECEIVERS = 20
# Events for people; programs also get changes.
TOLD_TO_PEOPLE = frozenset({EventKind.OPEN, EventKind.ESCALATION, EventKind.CLOSE})
HOW = 'expected an address of Apprise, such as "slack://TokenA/TokenB/TokenC/#channel"'

Word = TypeVar("Word", bound=StrEnum)


def _words(words: type[Word]) -> Parser:
    """A parser of a non-empty list of words."""
    word_of = parsers.one_of([str(word) for word in words])

    def parse(value: Any) -> frozenset[Word]:
        chosen = set()
        for number, text in enumerate(parsers.texts(value), start=1):
            try:
                chosen.add(words(word_of(text)))
            except ValueError as error:
                raise KeyProblem(number, str(error)) from None
        if not chosen:
            raise ValueError(f"is an empty list: leave it out, or write some of {', '.join(words)}")
        return frozenset(chosen)

    return parse


def _name(value: Any) -> str:
    if not parsers.text(value).strip() or len(value) > 60 or not value.isprintable():
        raise ValueError("expected a name of at most 60 characters")
    return parsers.text(value).strip()


def base_url(value: Any) -> str:
    """The address of the pages for others."""
    try:
        return parsers.url(value).rstrip("/")
    except ValueError:
        raise ValueError('expected an address such as "https://golden.example.org"') from None


def _webhook_url(value: Any) -> str:
    try:
        return parsers.url(value)
    except ValueError:
        raise ValueError('expected an address such as "https://automation.example.org/golden"') from None


def _message_url(value: Any) -> str:
    # Everything after the scheme may be secret, so the value is never repeated.
    scheme, colon, rest = parsers.text(value).strip().partition("://")
    if not (colon and rest and scheme.isascii() and scheme.replace("+", "").replace("-", "").isalnum()):
        raise ValueError(HOW)
    return parsers.text(value).strip()


def _variable(value: Any) -> str:
    if not parsers.text(value).replace("_", "").isalnum() or not value.isascii():
        raise ValueError("expected the name of a variable of the environment, such as GOLDEN_SECRET")
    return parsers.text(value)


def _url_file(value: Any, folder: Path) -> str:
    return _message_url(file_parsers.secret_file(value, folder))


def _secret_file(value: Any, folder: Path) -> bytes:
    return secret(file_parsers.secret_file(value, folder))


def secret(text: str) -> bytes:
    """The key of a secret: Base64 after `whsec_`, otherwise the text itself.

    Raises:
        ValueError: it is too short or not Base64; the message does not repeat it.
    """
    key = text.encode()
    if text.startswith(PREFIX):
        try:
            key = base64.b64decode(text.removeprefix(PREFIX), validate=True)
        except (binascii.Error, ValueError):
            raise ValueError(f"what stands behind {PREFIX} in it is no Base64") from None
    if len(key) < SHORTEST:
        raise ValueError(f"its secret is shorter than {SHORTEST} bytes: `openssl rand -base64 32` makes one")
    return key


_COMMON: dict[str, Parser | PathParser] = {
    "name": _name,
    "events": _words(EventKind),
    "severities": _words(Severity),
    "services": parsers.texts,
}
_WEBHOOK: dict[str, Parser | PathParser] = {
    **_COMMON,
    "url": _webhook_url,
    "secret_file": PathParser(_secret_file),
    "secret_variable": _variable,
}
_MESSAGE: dict[str, Parser | PathParser] = {
    **_COMMON,
    "url": _message_url,
    "url_file": PathParser(_url_file),
    "url_variable": _variable,
}


def read_receivers(data: Values, reader: Reader, environment: Mapping[str, str]) -> tuple[ReceiverSpec, ...]:
    """Read the receivers of [[webhooks]] and [[notify]].

    Args:
        data: the file, as `tomllib` returns it. `reader`: collects problems. `environment`: may contain secrets.
    """
    receivers: dict[str, ReceiverSpec] = {}
    webhooks = [(place, _webhook(place, row, reader, environment)) for place, row in _tables("webhooks", data, reader)]
    messages = [(place, _message(place, row, reader, environment)) for place, row in _tables("notify", data, reader)]
    for place, spec in (*webhooks, *messages):
        if spec is None:
            continue
        if spec.name in receivers:
            reader.problem(place, f"there is a receiver {spec.name} already: give each a name of its own")
        receivers[spec.name] = spec
    if len(receivers) > RECEIVERS:
        reader.problem(reader.place.inside("notify"), f"there are more than {RECEIVERS} receivers")
    return tuple(receivers.values())


def _tables(name: str, data: Values, reader: Reader) -> list[tuple[Place, Values]]:
    return reader.tables(name, data, _WEBHOOK if name == "webhooks" else _MESSAGE)


def _webhook(place: Place, row: Values, reader: Reader, environment: Mapping[str, str]) -> WebhookSpec | None:
    needed = {"url": 'where it leads, such as "https://automation.example.org/golden"'}
    key = _one_of(place, row, reader, ("secret_file", "secret_variable"))
    if reader.is_missing(place, row, needed) or key not in row:
        return None
    if key == "secret_variable":
        value = _from_environment(place.inside(key), row[key], reader, environment, secret)
    else:
        value = row[key]
    # The path may be a secret, so it is not part of the name.
    usual = urlsplit(row["url"]).hostname or ""
    return None if value is None else WebhookSpec(url=row["url"], secret=value, **_common(row, usual))


def _message(place: Place, row: Values, reader: Reader, environment: Mapping[str, str]) -> MessageSpec | None:
    key = _one_of(place, row, reader, ("url", "url_file", "url_variable"))
    if key not in row:
        return None
    if key == "url_variable":
        value = _from_environment(place.inside(key), row[key], reader, environment, _message_url)
    else:
        value = row[key]
    if value is None:
        return None
    common = {"events": TOLD_TO_PEOPLE, **_common(row, value.partition("://")[0])}
    return MessageSpec(url=value, **common)


def _common(row: Values, usual: str) -> Values:
    return {"name": usual, **{key: row[key] for key in _COMMON if key in row}}


def _one_of(place: Place, row: Values, reader: Reader, keys: Sequence[str]) -> str:
    """The only one of several keys; empty, with a problem, if there is none or more than one."""
    written = [key for key in keys if reader.is_written(place, key) or key in row]
    if len(written) != 1:
        reader.problem(place, f"needs one of {', '.join(keys)}, and not several")
        return ""
    return written[0]


def _from_environment(
    place: Place, name: str, reader: Reader, environment: Mapping[str, str], parse: Callable[[str], Any]
) -> Any:
    """A value that a variable of the environment holds; None, and noted, where it holds none that can be used.

    Args:
        place: of the key that names it. `name`: of the variable. `reader`: notes what is wrong.
        environment: where it is looked for. `parse`: reads it.
    """
    try:
        if not environment.get(name, "").strip():
            raise ValueError("is not set, or empty")
        return parse(environment[name].strip())
    except ValueError as error:
        reader.problem(place, f"{name} in the environment: {error}")
        return None
