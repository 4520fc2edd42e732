"""The forms in which a review is taken along: each a function of its values; the server adds those that it answers."""

from collections.abc import Callable, Mapping
from typing import Final

from dashboard.review.review import Review
from dashboard.ui.review import review_file
from dashboard.ui.review.review_file import Paper
from dashboard.ui.text.review.review_markdown import markdown

Writer = Callable[[Review], str]
# Globals, as nothing can be passed to a page: Streamlit runs it by its path.
_writers: Final[dict[str, Writer]] = {
    "html": review_file.written,
    "slides": lambda review: review_file.written(review, Paper.SLIDE),
    "md": markdown,
}


def use(more: Mapping[str, Writer]) -> None:
    """Know further forms, by their names."""
    _writers.update(more)


def forms() -> tuple[str, ...]:
    """Names of the forms there are."""
    return tuple(_writers)


def written(review: Review, form: str) -> str:
    """A review in one form; `form`: one of `forms()`."""
    return _writers[form](review)


def every_form(review: Review) -> dict[str, str]:
    """A review in all forms, by their names."""
    return {form: write(review) for form, write in _writers.items()}
