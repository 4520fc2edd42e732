"""Words of others as parts of a document: they stay words, on one line, in their own direction, whatever is in them."""

import re
from html import escape
from typing import Final

# Between a number and its unit.
_UNITS = re.compile(r"(?<=\d) (?=%|(?:ms|min|days?|[smhk])\b)")
# Words of letters that are read from right to left.
_RIGHT = "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]"
_RIGHT_TO_LEFT = re.compile(f"{_RIGHT}+(?:[\\s\\d.,-]*{_RIGHT}+)*")
# No name is shown longer; the whole of it is its tooltip.
LONGEST_NAME: Final = 120
# Signs that are no letters: controls, halves of pairs, and what is no character at all.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# Breaks and blanks, but those that hold a number and its unit together.
_BLANKS = re.compile(r"[^\S\u00a0]+")
# What turns the direction of all that follows.
_TURNS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def line(words: str) -> str:
    """Words on one line, without signs that no document may hold; not escaped yet."""
    return _BLANKS.sub(" ", _CONTROLS.sub(" ", words)).strip()


def text(words: str) -> str:
    """Words on one line as HTML; no name in them turns what stands around it."""
    return _RIGHT_TO_LEFT.sub(r"<bdi>\g<0></bdi>", attribute(words))


def sentence(words: str) -> str:
    """A sentence as HTML: no line ends between a number and its unit."""
    return _UNITS.sub("\u00a0", text(words))


def attribute(words: str) -> str:
    """Words on one line as the value of an attribute."""
    return escape(_TURNS.sub("", line(words)))


def name(words: str, longest: int = LONGEST_NAME) -> str:
    """What somebody called something, as HTML: cut where it is long, and turning nothing around it.

    Args:
        words: the name. `longest`: this many signs are shown.
    """
    whole = line(words)
    if len(whole) <= longest:
        return f"<bdi>{escape(whole)}</bdi>"
    return f'<bdi title="{attribute(whole[:2000])}">{escape(whole[: longest - 1])}…</bdi>'


def lines(words: str) -> str:
    """What somebody wrote, with its lines, as HTML."""
    kept = words.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return f'<bdi dir="auto">{escape(_CONTROLS.sub(" ", kept).strip())}</bdi>'


def part(title: str, content: str, note: str = "", kind: str = "") -> str:
    """A part of the document under its heading; empty if there is nothing in it.

    Args:
        title: words of ours. `content`, `note`: HTML. `kind`: further classes.
    """
    if not content:
        return ""
    said = f"<p>{note}</p>" if note else ""
    return f'<section class="part {kind}"><div class="head"><h2>{escape(title)}</h2>{said}</div>{content}</section>'
