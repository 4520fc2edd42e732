"""Text of others in a line of a terminal or a log: it moves no cursor, ends no line and turns no direction."""


def printable(line: str) -> str:
    r"""The line with every character that shows nothing by itself as its escape, such as \x1b and \n.

    Names and labels come from the systems that are watched: with an escape sequence one could wipe out what stands
    above it, with an end of line one could add a verdict of its own.
    """
    if line.isprintable():
        return line
    return "".join(sign if sign.isprintable() or sign == "\xa0" else _escape(sign) for sign in line)


def _escape(sign: str) -> str:
    return sign.encode("unicode_escape").decode("ascii")
