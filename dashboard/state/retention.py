"""How long rows are kept; one sender cannot push out the rows of another."""

from sqlalchemy import Connection, delete, func, select

from dashboard.state.store import Store
from dashboard.state.tables import ACTION_ITEMS, ADDED, CHANGES, NOTIFICATIONS, POLICY_EXCEPTIONS

# Below the limit by so much once it was reached: not each write has to make room.
ROOM = 0.9
# Seconds for which it is known what was told of incidents, however little is kept: they are shown for 30 days.
TOLD_S = 40 * 86_400.0
# When a row is over which counts for longer than since it was added.
OVER = {ACTION_ITEMS.name: ACTION_ITEMS.c.done_at, POLICY_EXCEPTIONS.name: POLICY_EXCEPTIONS.c.until_at}
# Ids in one statement.
BATCH = 500


def prune(store: Store, now: float) -> int:
    """Forget what is older than the retention, then the oldest changes of whoever has most until all fit.

    Returns how many rows were forgotten; `now` is in epoch seconds. What is still to be done is not forgotten.

    Raises:
        StateError: the store failed, and nothing was forgotten.
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
    """Forget what was over before a moment, and what was told before both; returns how many rows."""
    ended = func.coalesce(CHANGES.c.end_at, CHANGES.c.start_at)
    count = connection.execute(delete(CHANGES).where(ended < moment)).rowcount
    for table in ADDED:
        over = OVER.get(table.name, table.c.added_at)
        before = min(moment, announced) if table is NOTIFICATIONS else moment
        count += connection.execute(delete(table).where(over < before)).rowcount
    return count


def size(store: Store) -> int:
    """Bytes that count against the size that is kept.

    Raises:
        StateError: the store failed.
    """
    with store.reading() as connection:
        return sum(_sizes(connection).values())


def _sizes(connection: Connection) -> dict[str, int]:
    """Bytes by the token they came with."""
    rows = connection.execute(select(CHANGES.c.token, func.sum(CHANGES.c.size)).group_by(CHANGES.c.token))
    return {token: int(total) for token, total in rows}


def _shares(sizes: dict[str, int], wanted: int) -> dict[str, int]:
    """What each token may keep of some bytes: those that have little keep all, the others as much as one another."""
    left, share = wanted, {}
    for number, (token, used) in enumerate(sorted(sizes.items(), key=lambda item: item[1])):
        share[token] = min(used, left // (len(sizes) - number))
        left -= share[token]
    return share


def _shrink(connection: Connection, token: str, excess: int) -> int:
    """Forget the oldest changes of a token until they were this many bytes; returns how many."""
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
