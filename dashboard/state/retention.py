"""How long rows are kept; one sender cannot push out the rows of another."""

from sqlalchemy import Connection, delete, func, select

from dashboard.state.store import Store
from dashboard.state.tables import ACTION_ITEMS, ADDED, CHANGES, NOTIFICATIONS, POLICY_EXCEPTIONS

# The fill level to prune to once the limit is reached, so that not every write has to prune.
ROOM = 0.9
# Minimum seconds for which notifications are kept, whatever the retention: incidents are shown for 30 days.
TOLD_S = 40 * 86_400.0
# Columns with the end of rows that stay relevant for longer than since they were added.
OVER = {ACTION_ITEMS.name: ACTION_ITEMS.c.done_at, POLICY_EXCEPTIONS.name: POLICY_EXCEPTIONS.c.until_at}
# Maximum number of ids in one statement.
BATCH = 500


def prune(store: Store, now: float) -> int:
    """Delete rows older than the retention, then the oldest changes of the token with most, until all fit.

    Returns the number of deleted rows; `now` is in epoch seconds. Open action items are not deleted.

    Raises:
        StateError: the store failed, and nothing was deleted.
    """
    with store.writing() as connection:
        count = _forget_before(connection, now - store.spec.retention, now - TOLD_S)
        sizes = _sizes(connection)
        if sum(sizes.values()) <= store.spec.max_size:
            return count
        wanted = int(store.spec.max_size * ROOM)
        for token, limit in _shares(sizes, wanted).items():
            count += _shrink(connection, token, sizes[token] - limit)
        return count


def _forget_before(connection: Connection, moment: float, announced: float) -> int:
    """Delete rows that ended before a time, and notifications sent before both times; returns their number."""
    ended = func.coalesce(CHANGES.c.end_at, CHANGES.c.start_at)
    count = connection.execute(delete(CHANGES).where(ended < moment)).rowcount
    for table in ADDED:
        over = OVER.get(table.name, table.c.added_at)
        before = min(moment, announced) if table is NOTIFICATIONS else moment
        count += connection.execute(delete(table).where(over < before)).rowcount
    return count


def size(store: Store) -> int:
    """Bytes that count against the maximum size.

    Raises:
        StateError: the store failed.
    """
    with store.reading() as connection:
        return sum(_sizes(connection).values())


def _sizes(connection: Connection) -> dict[str, int]:
    """Bytes by the token of the sender."""
    rows = connection.execute(select(CHANGES.c.token, func.sum(CHANGES.c.size)).group_by(CHANGES.c.token))
    return {token: int(total) for token, total in rows}


def _shares(sizes: dict[str, int], wanted: int) -> dict[str, int]:
    """The share of each token in some bytes: tokens with little keep all, the others get equal shares."""
    left, share = wanted, {}
    for number, (token, used) in enumerate(sorted(sizes.items(), key=lambda item: item[1])):
        share[token] = min(used, left // (len(sizes) - number))
        left -= share[token]
    return share


def _shrink(connection: Connection, token: str, excess: int) -> int:
    """Delete the oldest changes of a token with at least this many bytes in total; returns their number."""
    of_token = select(CHANGES.c.id, CHANGES.c.size).where(CHANGES.c.token == token)
    ids = []
    for number, used in connection.execute(of_token.order_by(CHANGES.c.start_at, CHANGES.c.id)):
        if excess <= 0:
            break
        excess -= used
        ids.append(number)
    for begin in range(0, len(ids), BATCH):
        connection.execute(delete(CHANGES).where(CHANGES.c.id.in_(ids[begin : begin + BATCH])))
    return len(ids)
