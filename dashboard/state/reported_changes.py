"""Reported changes, read again only if there are new ones."""

from collections.abc import Sequence

from sqlalchemy import func, select

from dashboard.changes.change import Change
from dashboard.state import changes
from dashboard.state.changes import Wanted
from dashboard.state.store import Store
from dashboard.state.tables import CHANGES

# Maximum number of newest changes to read; seconds after which all are read again, as the range moves on.
MOST, ANEW_S = 5000, 3600.0


class ReportedChanges:
    """The newest changes of a store; for one thread at a time.

    Args:
        store: is read.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._sign: tuple[object, ...] = ()
        self._changes: Sequence[Change] = ()

    def read(self, start: float, end: float) -> Sequence[Change]:
        """Changes of a range, newest first: the same object while there are no new ones.

        Args:
            start, end: epoch seconds.

        Raises:
            StateError: the store failed.
        """
        columns = (CHANGES.c.told_at, CHANGES.c.received_at, CHANGES.c.end_at, CHANGES.c.size)
        signs = [func.count(), *(part for column in columns for part in (func.max(column), func.sum(column)))]
        with self._store.reading() as connection:
            sign = (*connection.execute(select(*signs).select_from(CHANGES)).one(), start // ANEW_S)
        if sign != self._sign:
            wanted = Wanted(start=start, end=end, limit=MOST)
            self._changes = tuple(stored.change for stored in changes.find(self._store, wanted))
            self._sign = sign
        return self._changes
