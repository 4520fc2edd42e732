"""Tokens of programs that send changes or read: with a name, and only their hash unless the token itself is needed."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from dashboard.toml import file_parsers, parsers
from dashboard.toml.reader import KeyProblem, Parser, PathParser, Reader, Values

# One token to send changes and to read, for a container without a configuration.
VARIABLE = "GOLDEN_SIGNALS_TOKEN"
SHORTEST = 16


class Scope(StrEnum):
    """What a token allows."""

    READ = "read"
    CHANGES = "changes"
    POLICY = "policy"


# The scopes of that token; it cannot add policy exceptions.
ENVIRONMENT = frozenset({Scope.READ, Scope.CHANGES})


@dataclass(frozen=True, slots=True)
class Token:
    """A token.

    Attributes:
        digest: its SHA-256 as hexadecimal digits. `secret`: the token itself, if signatures are made with it.
    """

    name: str
    digest: str
    scopes: frozenset[Scope]
    secret: str = field(default="", repr=False)


def digest_of(secret: str) -> str:
    """The hash in the configuration; guessing 128 random bits needs no slower hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def scope(value: Any) -> Scope:
    """A scope by its word."""
    word: str = parsers.one_of([str(known) for known in Scope])(value)
    return Scope(word)


def _scopes(value: Any) -> frozenset[Scope]:
    scopes = set()
    for number, word in enumerate(parsers.texts(value), start=1):
        try:
            scopes.add(scope(word))
        except ValueError as error:
            raise KeyProblem(number, str(error)) from None
    if not scopes:
        raise ValueError('is an empty list: write some of "changes", "policy" and "read"')
    return frozenset(scopes)


def _digest(value: Any) -> str:
    if not re.fullmatch("[0-9a-f]{64}", parsers.text(value).casefold()):
        raise ValueError("expected 64 hexadecimal digits, as `golden-signals token NAME` writes them")
    return parsers.text(value).casefold()


def _secret(value: Any, folder: Any) -> str:
    secret = file_parsers.token_file(value, folder)
    if len(secret) < SHORTEST:
        raise ValueError(f"its token is shorter than {SHORTEST} characters: `golden-signals token NAME` makes one")
    return secret


_KEYS: dict[str, Parser | PathParser] = {
    "name": parsers.text,
    "sha256": _digest,
    "secret_file": PathParser(_secret),
    "scopes": _scopes,
}
_NEEDED = {"name": "every token needs a name", "scopes": 'what it is for, such as ["changes"]'}


def read_tokens(data: Values, reader: Reader, environment: Mapping[str, str]) -> tuple[Token, ...]:
    """The tokens of [[tokens]] and of the environment.

    Args:
        data: the file, as `tomllib` gives it. `reader`: notes what is wrong. `environment`: may hold one token.
    """
    tokens: dict[str, Token] = {}
    for place, row in reader.tables("tokens", data, _KEYS):
        if reader.is_missing(place, row, _NEEDED):
            continue
        if row["name"] in tokens:
            reader.problem(place.inside("name"), f"{row['name']} is there twice: give each token a name of its own")
        elif sum(reader.is_written(place, key) for key in ("sha256", "secret_file")) != 1:
            reader.problem(place, "needs sha256, or secret_file where signatures are checked, and not both")
        elif "sha256" in row or "secret_file" in row:
            secret = row.get("secret_file", "")
            digest = row.get("sha256") or digest_of(secret)
            tokens[row["name"]] = Token(row["name"], digest, row["scopes"], secret)
    if secret := environment.get(VARIABLE, "").strip():
        if len(secret) < SHORTEST:
            reader.problem(reader.place.inside(VARIABLE), f"is shorter than {SHORTEST} characters")
        tokens[VARIABLE] = Token(VARIABLE, digest_of(secret), ENVIRONMENT, secret)
    return tuple(tokens.values())
