"""Untrusted text as parts of a document: escaped, on one line, and with its text direction isolated."""

import re
from html import escape
from typing import Final

# The space between a number and its unit.
_UNITS = re.compile(r"(?<=\d) (?=%|(?:ms|min|days?|[smhk])\b)")
# Words that may be wider than a column, and the places where they may be broken: after punctuation, before a capital.
_LONG = re.compile(r"[^\s<>]{16,}")
_JOINTS = re.compile(r"(?<=[A-Za-z0-9][-_./:@|=+~])(?=[A-Za-z0-9])|(?<=[a-z0-9])(?=[A-Z])")
# Characters of right-to-left scripts.
_RIGHT = "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]"
_RIGHT_TO_LEFT = re.compile(f"{_RIGHT}+(?:[\\s\\d.,-]*{_RIGHT}+)*")
# Maximum length of a displayed name; its tooltip has the whole.
LONGEST_NAME: Final = 120
# Control characters, unpaired surrogates, and noncharacters.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# White space, except no-break spaces between a number and its unit.
_BLANKS = re.compile(r"[^\S\u00a0]+")
# Control characters that change the text direction of everything that follows.
_TURNS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def line(words: str) -> str:
    """Text on one line, without characters that a document must not contain; not escaped yet."""
    return _BLANKS.sub(" ", _CONTROLS.sub(" ", words)).strip()


def text(words: str) -> str:
    """Text on one line as HTML; its direction does not affect its surroundings."""
    return _RIGHT_TO_LEFT.sub(r"<bdi>\g<0></bdi>", _breakable(attribute(words)))


def sentence(words: str) -> str:
    """A sentence as HTML, without a line break between a number and its unit."""
    return _UNITS.sub("\u00a0", text(words))


def attribute(words: str) -> str:
    """Text on one line as the value of an attribute."""
    return escape(_TURNS.sub("", line(words)))


def name(words: str, longest: int = LONGEST_NAME) -> str:
    """A name as HTML: truncated if long, with its text direction isolated.

    Args:
        words: the name. `longest`: maximum number of characters.
    """
    whole = line(words)
    if len(whole) <= longest:
        return f"<bdi>{_breakable(escape(whole))}</bdi>"
    # Between two words if that leaves most of it.
    ends = [joint.end() for joint in _JOINTS.finditer(whole[:longest]) if joint.end() > longest / 2]
    cut = whole[: ends[-1] if ends else longest - 1]
    return f'<bdi title="{attribute(whole[:2000])}">{_breakable(escape(cut))}…</bdi>'


def pieces(words: str) -> list[str]:
    """The pieces of a name between which a line may break."""
    return [piece for word in line(words).split() for piece in (_JOINTS.split(word) if _LONG.match(word) else [word])]


def _breakable(html: str) -> str:
    """Escaped text whose long words may be broken at their joints, such as those of order_fulfillment_worker."""
    return _LONG.sub(lambda word: _JOINTS.sub("<wbr>", word[0]), html)


def lines(words: str) -> str:
    """Text of a person as HTML, with its line breaks."""
    kept = words.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return f'<bdi dir="auto">{escape(_CONTROLS.sub(" ", kept).strip())}</bdi>'


def part(title: str, content: str, note: str = "", kind: str = "") -> str:
    """A section of the document with its heading; empty without content.

    Args:
        title: trusted text. `content`, `note`: HTML. `kind`: further classes.
    """
    if not content:
        return ""
    said = f"<p>{note}</p>" if note else ""
    return f'<section class="part {kind}"><div class="head"><h2>{escape(title)}</h2>{said}</div>{content}</section>'
