"""A post-mortem as Markdown; text of people and senders is escaped."""

import re

from dashboard.ui.text.incidents.post_mortem import PostMortem, Section, Table

# Characters with a meaning in Markdown anywhere in a line.
_SIGNS = re.compile(r"([\\`*_{}\[\]#|~!])")
# Control characters that change the text direction of the rest of the line.
_TURNS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# Starts of lines that would make a list, a heading or a rule.
_BEGIN = re.compile(r"^(\d+)([.)])(?=\s|$)|^([-+=:])")


def markdown(draft: PostMortem) -> str:
    """The draft as one text that ends with a line break."""
    facts = Table(("", ""), draft.facts)
    parts = [
        f"# {inline(draft.title)}",
        _table(facts),
        *(part for section in draft.sections for part in _section(section)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def inline(words: str) -> str:
    """Escaped text within a line."""
    plain = " ".join(_TURNS.sub("", words.replace("\u00a0", " ")).split())
    return _SIGNS.sub(r"\\\1", plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))


def text(words: str) -> str:
    """Escaped text at the start of a line."""
    escaped = inline(words)
    return _BEGIN.sub(lambda match: f"{match[1]}\\{match[2]}" if match[1] else f"\\{match[3]}", escaped)


def _section(section: Section) -> list[str]:
    blanks = [f"_To be filled in: {inline(blank)}_" for blank in section.blanks]
    return [
        f"## {inline(section.title)}",
        "\n".join(map(text, section.sentences)),
        "\n".join(f"- {text(bullet)}" for bullet in section.bullets),
        _table(section.table) if section.table is not None and section.table.rows else "",
        "\n\n".join(blanks),
    ]


def _table(table: Table) -> str:
    lines = [table.heads, tuple("---" for _ in table.heads)]
    rows = [tuple(map(inline, row)) for row in table.rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in [*lines, *rows])
