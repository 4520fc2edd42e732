"""A review as the file that people keep, send and print: its look and its fonts are in it."""

import base64
from enum import StrEnum
from functools import cache
from pathlib import Path

import streamlit

from dashboard.charts import palette
from dashboard.review.review import Review
from dashboard.ui.text.review.review_html import review_html

_HERE = Path(__file__).parents[1] / "styles"
# The pages' own: Streamlit brings it. Letters are as wide on every paper, and none is looked for elsewhere.
_FONTS = Path(streamlit.__file__).parent / "static" / "static" / "media"
_FONT = "SourceSansVF-Upright*.woff2"


class Paper(StrEnum):
    """What a review is printed on: pages of A4, or slides of 16:9."""

    A4 = "a4"
    SLIDE = "slide"


def written(review: Review, paper: Paper = Paper.A4) -> str:
    """The review as one HTML file that fetches nothing.

    Args:
        review: of a period. `paper`: what it is printed on.
    """
    return review_html(review, style(paper))


@cache
def style(paper: Paper) -> str:
    """How it looks, as CSS: light or dark as its reader's system, always light on paper."""
    names = ("review_file", "review", "review_print", f"review_{paper}")
    sheets = "".join((_HERE / f"{name}.css").read_text(encoding="utf-8") for name in names)
    return f"{_font()}:root{{{palette.css_variables()}}}{sheets}"


def _font() -> str:
    """The letters as a rule; none, and those of the system are taken, where this Streamlit has no such file."""
    for file in sorted(_FONTS.glob(_FONT)):
        data = base64.b64encode(file.read_bytes()).decode()
        return f'@font-face{{font-family:"Source Sans";font-weight:200 900;src:url(data:font/woff2;base64,{data})}}'
    return ""
