"""The formats of a review: each a function of its values; the server registers those of its API."""

from collections.abc import Callable, Mapping
from typing import Final

from dashboard.review.review import Review
from dashboard.ui.review import review_file
from dashboard.ui.review.review_file import Paper
from dashboard.ui.text.review.review_markdown import markdown

Writer = Callable[[Review], str]
# Global, as nothing can be passed to a page: Streamlit runs it by its path.
_writers: Final[dict[str, Writer]] = {
    "html": review_file.written,
    "slides": lambda review: review_file.written(review, Paper.SLIDE),
    "md": markdown,
}


def use(more: Mapping[str, Writer]) -> None:
    """Register further formats, by their names."""
    _writers.update(more)


def forms() -> tuple[str, ...]:
    """Names of all formats."""
    return tuple(_writers)


def written(review: Review, form: str) -> str:
    """A review in one format; `form`: one of `forms()`."""
    return _writers[form](review)


def every_form(review: Review) -> dict[str, str]:
    """A review in all formats, by their names."""
    return {form: write(review) for form, write in _writers.items()}
