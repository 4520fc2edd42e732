"""Teams of services cut into columns of about equal height; a team that breaks continues under a head of its own."""

from collections.abc import Sequence
from typing import NamedTuple

# A head takes the room of this many lines, and neither side of a break has fewer lines than this.
HEAD = 2
LEAST = 3


class Piece(NamedTuple):
    """Lines [begin, end) of a team, which stand under one head in one column."""

    team: int
    begin: int
    end: int


def cut(sizes: Sequence[int], columns: int) -> list[list[Piece]]:
    """The pieces of each column, as low as possible.

    Args:
        sizes: lines of each team, in the order in which teams stand.
        columns: as many as there may be at most, one or more.
    """
    # So high that a team too small to break fits.
    height = max(HEAD + 2 * LEAST, -(-sum(HEAD + size for size in sizes) // columns))
    while len(filled := _filled(sizes, height)) > columns:
        height += 1
    return filled


def height(pieces: Sequence[Sequence[Piece]]) -> int:
    """Lines of the highest column, heads included."""
    return max((sum(HEAD + piece.end - piece.begin for piece in column) for column in pieces), default=0)


def _filled(sizes: Sequence[int], height: int) -> list[list[Piece]]:
    """Columns of a height, one after the other."""
    pieces: list[list[Piece]] = [[]]
    room = height
    for team, size in enumerate(sizes):
        begin = 0
        while begin < size:
            taken = _taken(size - begin, room - HEAD)
            if not taken:
                pieces.append([])
                room = height
                continue
            pieces[-1].append(Piece(team, begin, begin + taken))
            begin, room = begin + taken, room - HEAD - taken
    return pieces


def _taken(left: int, room: int) -> int:
    """How many of the lines that are left go into a room; 0: none, they begin the next column."""
    if left <= room:
        return left
    taken = min(room, left - LEAST) if left >= 2 * LEAST else 0
    return taken if taken >= LEAST else 0
