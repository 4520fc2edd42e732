"""Texts that are damaged in many ways, always the same for a seed: the input of tests that any input ends well."""

import random
from collections.abc import Iterator, Sequence

# What breaks readers: quotes, brackets, line ends, odd numbers and letters, and words of the formats.
PIECES = (
    "'", '"', "`", "\\", "(", ")", "[", "]", "{", "}", "{{", "<<: *a", "&a ", "*a", "!!str ", "#", "\n", "\t", "\r",
    "\x00", "\x85", "\u2028", "é", "☃", "٣", ":", ": ", "- ", ",", ".", "=", "==", "%", "@", " offset ", "1e30", "-1",
    "0x1f", "9" * 400, "NaN", "Inf", "[5m:]", "5m", "null", "~", "true", "---\n", "- - - ", " " * 50,
)  # fmt: skip


def damaged(texts: Sequence[str], count: int, *, seed: int) -> Iterator[str]:
    """So many texts, each with one to four parts cut out, doubled, swapped with another or replaced by a piece."""
    choose = random.Random(seed)
    for _ in range(count):
        text = choose.choice(texts)
        for _ in range(choose.choice((1, 1, 1, 2, 4))):
            text = _damaged_once(text, choose)
        yield text


def _damaged_once(text: str, choose: random.Random) -> str:
    start, end = sorted(choose.randint(0, len(text)) for _ in range(2))
    end = min(end, start + choose.choice((0, 1, 2, 5, 40)))
    before, part, after = text[:start], text[start:end], text[end:]
    match choose.randrange(4):
        case 0:
            return before + after
        case 1:
            return before + part * choose.choice((2, 50)) + after
        case 2:
            return before + choose.choice(PIECES) + after
    return after + part + before
