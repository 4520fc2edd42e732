"""A review as a file to keep, send and print, with its styles and fonts included."""

import base64
from enum import StrEnum
from functools import cache
from pathlib import Path

import streamlit

from dashboard.charts import palette
from dashboard.review.review import Review
from dashboard.ui.text.review.review_html import review_html

_HERE = Path(__file__).parents[1] / "styles"
# The fonts of the pages, from Streamlit. Included, so that text has the same width on every printer.
_FONTS = Path(streamlit.__file__).parent / "static" / "static" / "media"
_FONT = "SourceSansVF-Upright*.woff2"


class Paper(StrEnum):
    """Paper formats of a review: A4, or slides of 16:9."""

    A4 = "a4"
    SLIDE = "slide"


def written(review: Review, paper: Paper = Paper.A4) -> str:
    """The review as one HTML file that fetches nothing.

    Args:
        review: of a period. `paper`: its format.
    """
    return review_html(review, style(paper))


@cache
def style(paper: Paper) -> str:
    """The CSS of the file: light or dark as the reader's system, always light on paper."""
    names = ("review_file", "review", "review_print", f"review_{paper}")
    sheets = "".join((_HERE / f"{name}.css").read_text(encoding="utf-8") for name in names)
    return f"{_font()}:root{{{palette.css_variables()}}}{sheets}"


def _font() -> str:
    """The fonts as a CSS rule; empty, which means system fonts, if this Streamlit has no such files."""
    for file in sorted(_FONTS.glob(_FONT)):
        data = base64.b64encode(file.read_bytes()).decode()
        return f'@font-face{{font-family:"Source Sans";font-weight:200 900;src:url(data:font/woff2;base64,{data})}}'
    return ""
