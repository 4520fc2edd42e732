"""token: create a secret for a program, printed once; only its hash is stored. Also lists and revokes tokens."""

import argparse
import json
import re
import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dashboard.commands.options import configuration
from dashboard.config.configuration import Config
from dashboard.config.tokens import digest_of
from dashboard.exceptions import ConfigError

if TYPE_CHECKING:
    from dashboard.state.store import Store


def token(options: argparse.Namespace) -> int:
    """Create a token for the configuration or the state, or list or revoke tokens.

    Raises:
        ConfigError: the name is missing, invalid or already in use.
    """
    wanted = [bool(options.name), options.list, options.revoke is not None]
    if wanted.count(True) != 1:
        raise ConfigError("name the token to be made, or write --list, or --revoke NAME")
    config = configuration(options)
    if options.list:
        return _list(config)
    if options.revoke is not None:
        return _revoke(config, options.revoke)
    if not re.fullmatch(r"[\w.@ -]{1,60}", options.name):
        raise ConfigError(f"token {options.name!r:.80}: a name has letters, digits, blanks and . - _ @, at most 60")
    scopes = sorted(set(options.scope or ["changes"]))
    return _keep(config, options.name, scopes) if options.in_state else _print(options.name, scopes)


def _print(name: str, scopes: list[str]) -> int:
    # 32 hexadecimal digits: the format that PagerDuty and Datadog clients accept as a key.
    secret = secrets.token_hex(16)
    print(f"golden-signals: the token is {secret}", file=sys.stderr)
    print("golden-signals: it is shown this once; put the lines below into the configuration", file=sys.stderr)
    print(f"[[tokens]]\nname = {json.dumps(name)}\nsha256 = {json.dumps(digest_of(secret))}")
    print(f"scopes = {json.dumps(scopes)}")
    return 0


def _keep(config: Config, name: str, scopes: list[str]) -> int:
    from dashboard.state.tokens import StoredToken, add

    if any(known.name == name for known in config.tokens):
        raise ConfigError(f"token {name}: the configuration has one of that name: give it another")
    with _opened(config) as store:
        # Store it before it is shown, so that a token that was shown works.
        secret = secrets.token_hex(16)
        if not add(store, StoredToken(name, digest_of(secret), tuple(scopes), time.time())):
            raise ConfigError(f"token {name}: {store.where} has one of that name: revoke it before, or give it another")
        print(f"golden-signals: the token is {secret}", file=sys.stderr)
        print(f"golden-signals: it is shown this once; its hash is in {store.where}", file=sys.stderr)
    return 0


def _list(config: Config) -> int:
    from dashboard.state.tokens import listed

    for known in sorted(config.tokens, key=lambda known: known.name):
        print(f"{known.name}  {','.join(sorted(known.scopes))}  configuration")
    with _opened(config) as store:
        for stored in listed(store):
            added = datetime.fromtimestamp(stored.added_at, UTC)
            print(f"{stored.name}  {','.join(stored.scopes)}  state, made {added:%Y-%m-%d %H:%M} UTC")
    return 0


def _revoke(config: Config, name: str) -> int:
    from dashboard.state.tokens import revoke

    with _opened(config) as store:
        if not revoke(store, name):
            in_file = any(known.name == name for known in config.tokens)
            remedy = "take it out of the configuration" if in_file else "--list shows those there are"
            raise ConfigError(f"token {name!r:.80}: {store.where} has none of that name: {remedy}")
        print(f"golden-signals: {name} is revoked; who uses it is refused within seconds", file=sys.stderr)
    return 0


@contextmanager
def _opened(config: Config) -> Iterator["Store"]:
    # Slow to import; a token for the configuration does not need it.
    from dashboard.state.opening import open_store

    store = open_store(config.state)
    try:
        yield store
    finally:
        store.close()
