"""The valid tokens: configured ones, and those created and revoked in the state."""

from collections.abc import Callable, Sequence

from dashboard.config.tokens import Scope, Token
from dashboard.state import tokens as kept_tokens
from dashboard.state.store import Store
from dashboard.state.tokens import KeptToken
from dashboard.web.token_check import TokenCheck

# This many seconds after it was revoked a token is believed no more, and a new one is believed.
FRESH_S = 5.0


class KnownTokens:
    """Tokens of a configuration and of a state.

    Args:
        configured: go before those of the state. `store`: of the state.
        steady: seconds of a clock that never goes back.

    Attributes:
        check: of what was known when it was last read.
    """

    def __init__(self, configured: Sequence[Token], store: Store, steady: Callable[[], float]) -> None:
        self.check = TokenCheck(configured)
        self._configured, self._store, self._steady = tuple(configured), store, steady
        self._read_at: float | None = None

    @property
    def is_old(self) -> bool:
        """Whether it is to be read again."""
        return self._read_at is None or self._steady() >= self._read_at + FRESH_S

    def read(self) -> None:
        """Read the tokens of the state; where that fails, what was known holds, and it is tried again as late as ever.

        Raises:
            StateError: the store failed.
        """
        self._read_at = self._steady()
        kept = [_token(row) for row in kept_tokens.listed(self._store)]
        self.check = TokenCheck((*kept, *self._configured))


def _token(kept: KeptToken) -> Token:
    # A scope of a newer version is one that nothing here asks for.
    known = {str(scope) for scope in Scope}
    return Token(kept.name, kept.digest, frozenset(Scope(scope) for scope in kept.scopes if scope in known))
