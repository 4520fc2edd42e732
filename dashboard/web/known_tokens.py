"""The valid tokens: configured ones, and those created and revoked in the state."""

from collections.abc import Callable, Sequence

from dashboard.config.tokens import Scope, Token
from dashboard.state import tokens as stored_tokens
from dashboard.state.store import Store
from dashboard.state.tokens import StoredToken
from dashboard.web.token_check import TokenCheck

# Revoked and new tokens take effect within this many seconds.
FRESH_S = 5.0


class KnownTokens:
    """Tokens of a configuration and of a state.

    Args:
        configured: take precedence over those of the state. `store`: of the state.
        steady: a monotonic clock, in seconds.

    Attributes:
        check: checks against the tokens read last.
    """

    def __init__(self, configured: Sequence[Token], store: Store, steady: Callable[[], float]) -> None:
        self.check = TokenCheck(configured)
        self._configured, self._store, self._steady = tuple(configured), store, steady
        self._read_at: float | None = None

    @property
    def is_old(self) -> bool:
        """Whether the tokens are to be read again."""
        return self._read_at is None or self._steady() >= self._read_at + FRESH_S

    def read(self) -> None:
        """Read the tokens of the state; if that fails the old ones stay valid until the next attempt.

        Raises:
            StateError: the store failed.
        """
        self._read_at = self._steady()
        stored = [_token(row) for row in stored_tokens.listed(self._store)]
        self.check = TokenCheck((*stored, *self._configured))


def _token(stored: StoredToken) -> Token:
    # A scope of a newer version is ignored, as nothing here requires it.
    known = {str(scope) for scope in Scope}
    return Token(stored.name, stored.digest, frozenset(Scope(scope) for scope in stored.scopes if scope in known))
