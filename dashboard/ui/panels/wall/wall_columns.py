"""Divides teams of services into columns of about equal height; a divided team continues below another head."""

from collections.abc import Sequence
from typing import NamedTuple

# Lines that a head takes, and the minimum number of lines on either side of a division.
HEAD = 2
LEAST = 3


class Piece(NamedTuple):
    """Lines [begin, end) of a team, below one head in one column."""

    team: int
    begin: int
    end: int


def cut(sizes: Sequence[int], columns: int) -> list[list[Piece]]:
    """The pieces of each column, with the lowest possible height.

    Args:
        sizes: lines of each team, in the order of teams.
        columns: maximum number, one or more.
    """
    # High enough for a team that is too small to be divided.
    height = max(HEAD + 2 * LEAST, -(-sum(HEAD + size for size in sizes) // columns))
    while len(filled := _filled(sizes, height)) > columns:
        height += 1
    return filled


def height(pieces: Sequence[Sequence[Piece]]) -> int:
    """Lines of the highest column, including heads."""
    return max((sum(HEAD + piece.end - piece.begin for piece in column) for column in pieces), default=0)


def _filled(sizes: Sequence[int], height: int) -> list[list[Piece]]:
    """Fill columns of a height, one after the other."""
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
    """How many of the remaining lines go into a column; 0: none, they start the next column."""
    if left <= room:
        return left
    taken = min(room, left - LEAST) if left >= 2 * LEAST else 0
    return taken if taken >= LEAST else 0
