"""Teams cut into columns: all of each, in order, no lonely line on either side of a break."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dashboard.ui.panels.wall import wall_columns
from dashboard.ui.panels.wall.wall_columns import HEAD, LEAST, Piece


@given(st.lists(st.integers(1, 60), min_size=1, max_size=30), st.integers(1, 8))
def test_every_line_stands_once_in_order_and_no_break_leaves_few(sizes: list[int], columns: int) -> None:
    cut = wall_columns.cut(sizes, columns)
    assert 1 <= len(cut) <= columns
    pieces = [piece for column in cut for piece in column]
    lines = [(piece.team, line) for piece in pieces for line in range(piece.begin, piece.end)]
    assert lines == [(team, line) for team, size in enumerate(sizes) for line in range(size)]
    broken = {piece.team for piece, following in pairwise(pieces) if piece.team == following.team}
    assert all(piece.end - piece.begin >= LEAST for piece in pieces if piece.team in broken)


@given(st.lists(st.integers(6, 60), min_size=1, max_size=30), st.integers(1, 8))
def test_columns_are_about_equally_high(sizes: list[int], columns: int) -> None:
    even = sum(HEAD + size for size in sizes) / columns
    # Heads of pieces and lines that may not be broken off add to each.
    assert wall_columns.height(wall_columns.cut(sizes, columns)) <= even + 2 * (HEAD + 2 * LEAST)


def test_a_team_goes_on_in_the_next_column() -> None:
    assert wall_columns.cut([4, 16], 2) == [[Piece(0, 0, 4), Piece(1, 0, 5)], [Piece(1, 5, 16)]]
