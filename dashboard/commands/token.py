"""token: a secret for a program, printed once, and what the configuration holds of it."""

import argparse
import json
import re
import secrets
import sys

from dashboard.config.tokens import digest_of
from dashboard.exceptions import ConfigError


def token(options: argparse.Namespace) -> int:
    """Print a new token to standard error, and its table for the configuration to standard output."""
    if not re.fullmatch(r"[\w.@ -]{1,60}", options.name):
        raise ConfigError(f"token {options.name!r:.80}: a name has letters, digits, blanks and . - _ @, at most 60")
    # 32 hexadecimal digits: what PagerDuty's and Datadog's senders take for a key of their own.
    secret = secrets.token_hex(16)
    scopes = sorted(set(options.scope or ["changes"]))
    print(f"golden-signals: the token is {secret}", file=sys.stderr)
    print("golden-signals: it is shown this once; put the lines below into the configuration", file=sys.stderr)
    print(f"[[tokens]]\nname = {json.dumps(options.name)}\nsha256 = {json.dumps(digest_of(secret))}")
    print(f"scopes = {json.dumps(scopes)}")
    return 0
