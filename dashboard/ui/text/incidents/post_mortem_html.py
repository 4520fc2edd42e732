"""A post-mortem as one HTML file: it fetches nothing, runs nothing, and can be printed."""

from html import escape
from typing import Final

from dashboard.ui.text.incidents.post_mortem import PostMortem, Section, Table

# Whatever the draft contains: no script runs, and nothing is fetched.
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_STYLE: Final = """
:root{color-scheme:light dark;--text:light-dark(#19202a,#e6eaf0);--second:light-dark(#465162,#a7b1bf)}
body{max-width:980px;margin:32px auto;padding:0 20px;font:15px/23px system-ui,sans-serif}
body{color:var(--text);background:light-dark(#fff,#0b0e14)}
h1{font-size:27px;line-height:34px}h2{font-size:19px;line-height:26px;margin:32px 0 8px}
h1,p,li,td{overflow-wrap:break-word}
table{border-collapse:collapse;width:100%;font-size:14px;line-height:20px}
th,td{text-align:left;vertical-align:top;padding:5px 10px 5px 0;border-bottom:1px solid light-dark(#dde2e9,#212938)}
th{font-weight:600;color:var(--second)}.facts th{width:140px}
.blank{border-left:3px solid light-dark(#c27f00,#e5a823);padding:2px 12px;margin:10px 0;min-height:2.2em}
.blank{color:var(--second);font-style:italic}
.scroll{overflow-x:auto}
@media print{:root{color-scheme:light}body{margin:0;max-width:none;font-size:11pt}.scroll{overflow:visible}}
@media print{h2{break-after:avoid}tr{break-inside:avoid}}
"""


def html(draft: PostMortem) -> str:
    """The draft as a whole document."""
    facts = "".join(
        f'<tr><th scope="row">{_text(name)}</th><td>{_text(value)}</td></tr>' for name, value in draft.facts
    )
    sections = "".join(map(_section, draft.sections))
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Post-mortem: {_text(draft.title)}</title><style>{_STYLE}</style></head>\n<body><main>"
        f'<h1>{_text(draft.title)}</h1><table class="facts">{facts}</table>{sections}</main></body></html>\n'
    )


def _text(words: str) -> str:
    return escape(words.replace("\0", ""))


def _section(section: Section) -> str:
    sentences = "".join(f"<p>{_text(sentence)}</p>" for sentence in section.sentences)
    bullets = "".join(f"<li>{_text(bullet)}</li>" for bullet in section.bullets)
    table = _table(section.table) if section.table is not None and section.table.rows else ""
    blanks = "".join(f'<p class="blank">To be filled in: {_text(blank)}</p>' for blank in section.blanks)
    listed = f"<ul>{bullets}</ul>" if bullets else ""
    return f"\n<section><h2>{_text(section.title)}</h2>{sentences}{listed}{table}{blanks}</section>"


def _table(table: Table) -> str:
    heads = "".join(f'<th scope="col">{_text(head)}</th>' for head in table.heads)
    rows = "".join(f"<tr>{''.join(f'<td>{_text(cell)}</td>' for cell in row)}</tr>" for row in table.rows)
    return f'<div class="scroll"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'
