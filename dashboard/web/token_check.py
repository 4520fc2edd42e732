"""Identifies the sender of a request: by a token in a header or the body, or as the key of a signature."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from typing import Any

from dashboard.changes.reading import value_at
from dashboard.changes.senders.sender import Credential
from dashboard.config.tokens import Scope, Token, digest_of

# Maximum length of a token.
LONGEST = 1000


class TokenCheck:
    """Checks the tokens of a configuration.

    Args:
        tokens: without duplicates.
    """

    def __init__(self, tokens: Iterable[Token]) -> None:
        self._by_digest = {token.digest: token for token in tokens}
        self._signing = [token for token in self._by_digest.values() if token.secret]

    def __len__(self) -> int:
        return len(self._by_digest)

    def of_headers(self, headers: Mapping[str, str], credential: Credential) -> Token | None:
        """The token in the headers; None if there is none of ours.

        Args:
            headers: by their names in lower case. `credential`: how the sender shows the token.
        """
        if credential in (Credential.DATADOG, Credential.GITLAB) and credential.lower() in headers:
            return self._known(headers[credential.lower()])
        return self._known(_of_http(headers.get("authorization", "")))

    def of_body(self, body: Any, credential: Credential) -> Token | None:
        """The token in a body, for senders that write it there."""
        return self._known(value_at(body, "routing_key")) if credential is Credential.ROUTING_KEY else None

    def of_signature(self, headers: Mapping[str, str], raw: bytes) -> Token | None:
        """The token of a signature: https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries

        Args:
            headers: by their names in lower case. `raw`: the body as received.
        """
        signature = headers.get(Credential.SIGNATURE.lower(), "")
        for token in self._signing:
            expected = "sha256=" + hmac.new(token.secret.encode(), raw, hashlib.sha256).hexdigest()
            if hmac.compare_digest(expected.encode(), signature.encode()):
                return token
        return None

    def _known(self, secret: Any) -> Token | None:
        # Looked up by its hash, so that the time it takes reveals nothing about the tokens.
        return self._by_digest.get(digest_of(secret)) if isinstance(secret, str) and len(secret) <= LONGEST else None


def _of_http(authorization: str) -> str:
    scheme, _, value = authorization.strip().partition(" ")
    match scheme.casefold():
        case "bearer" | "token" | "apikey":
            return value.strip()
        case "basic":
            try:
                # From `https://anything:TOKEN@host/…`; without a user the token is in its place.
                user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError, ValueError):
                return ""
            return password or user
        case _:
            return ""


def may(token: Token, scope: Scope) -> bool:
    """Whether a token has a scope."""
    return scope in token.scopes
