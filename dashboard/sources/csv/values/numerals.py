"""Detects thousands separators and decimal signs from all numbers of a column, while its file is followed."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dashboard.sources.csv.values.quantities import is_missing, is_text, numbers

# Signs that are always thousands separators: blanks of all widths, apostrophes, and underscores.
BLANKS: Final = "\u0020\u00a0\u2009\u202f'\u2019_"
# A unit after a number, which contains neither digits nor signs.
_UNIT: Final = r"\s*(?:[^\d.,\s+-][^\d.,]*)?$"
AS_TEXT: Final = r'^\s*="([^"]*)"\s*$'
# Number of rows to check whether a column of floats can only have a decimal point.
SAMPLE: Final = 20_000
# Columns with more distinct texts, or one for every second row, are ids, which are useless for breakdowns.
TEXTS_MAX: Final = 200
TEXTS_ROWS: Final = 20


def _readable(decimal: str, thousands: str) -> str:
    """A regular expression of the numbers that are valid with these signs."""
    group = rf"[1-9]\d{{0,2}}(?:[{re.escape(thousands)}{BLANKS}]\d{{3}})+"
    # Indian notation has groups of two digits before the last three.
    group += r"|[1-9]\d?(?:,\d{2})+,\d{3}" if thousands == "," else ""
    point = re.escape(decimal)
    return rf"^\s*[+-]?(?:(?:{group}|\d+)(?:{point}\d*)?|{point}\d+)(?:[eE][+-]?\d+)?{_UNIT}"


READABLE: Final = {".": _readable(".", ","), ",": _readable(",", ".")}
# Decimal sign → pattern of numbers with thousands separators.
_GROUPED: Final = {sign: rf"\d[{other}{BLANKS}]\d{{3}}(?:\D|$)" for sign, other in ((".", ","), (",", "."), ("", ""))}


class Content(Enum):
    """The content of a column of numbers, by its name."""

    # Whole numbers, for which a guess never assumes decimals.
    COUNTS = "counts"
    AMOUNTS = "amounts"
    # Numbers, or texts that distinguish rows.
    ANY = "any"
    # Texts for breakdowns, if there are few; anything else is ignored.
    TEXTS = "texts"


@dataclass(frozen=True, slots=True)
class Signs:
    """The notation of the numbers in one column.

    Attributes:
        decimal: `.` or `,`; empty: unknown so far.
        mixed: some numbers have one sign and some the other, so that ambiguous numbers cannot be resolved.
        thousands: whether any number had a thousands separator.
        guessed: the decimal sign was guessed from the file's delimiter, not from a number.
    """

    decimal: str = ""
    mixed: bool = False
    thousands: bool = False
    guessed: bool = False

    def learned(self, texts: pa.ChunkedArray) -> Self:
        """Learn from these texts; what is known stays."""
        decimal, mixed = self.decimal, self.mixed
        if not decimal:
            by_point, by_comma = (_matches(texts, READABLE[sign]) for sign in (".", ","))
            points, commas = int((by_point & ~by_comma).sum()), int((by_comma & ~by_point).sum())
            decimal = ("." if points >= commas else ",") if points or commas else ""
            mixed = bool(points and commas)
        thousands = self.thousands or bool(_matches(texts, _GROUPED[decimal]).any())
        return replace(self, decimal=decimal, mixed=mixed, thousands=thousands)

    def plain(self, texts: pa.ChunkedArray) -> tuple[pa.ChunkedArray, np.ndarray]:
        """Numbers with a decimal point and no thousands separators; and a mask of ambiguous ones."""
        by_point, by_comma = (_matches(texts, READABLE[sign]) for sign in (".", ","))
        doubtful: np.ndarray = by_point & by_comma & _matches(texts, "[.,]")
        if self.decimal and not self.mixed:
            doubtful = np.zeros(len(texts), dtype=bool)
        decimal = self.decimal or "."
        readable = by_point if decimal == "." else by_comma
        blanks = pc.replace_substring_regex(texts, rf"(\d)[{BLANKS}](\d{{3}})", r"\1\2")
        blanks = pc.replace_substring_regex(blanks, rf"(\d)[{BLANKS}](\d{{3}})", r"\1\2")
        bare = pc.replace_substring(blanks, "," if decimal == "." else ".", "")
        bare = pc.replace_substring(bare, decimal, ".")
        # Unreadable texts are left as written, for messages, or for numbers with several units.
        return pc.if_else(pa.chunked_array([pa.array(readable & ~doubtful)]), bare, texts), doubtful


@dataclass(slots=True)
class Numerals:
    """The columns of numbers of one file, and their detected notation while it is followed.

    Attributes:
        columns: of the file, with their content.
        delimiter: of the file. `stated`: the configured decimal sign; empty: detect it.
        signs: column → notation of its numbers. `labels`: columns that turned out to be texts.
        left_out: columns that are not useful for breakdowns, or have too many distinct texts.
    """

    columns: Mapping[str, Content] = field(default_factory=dict)
    delimiter: str = ","
    stated: str = ""
    signs: dict[str, Signs] = field(default_factory=dict)
    labels: set[str] = field(default_factory=set)
    left_out: set[str] = field(default_factory=set)
    # Column → its distinct texts, and the number of rows examined.
    _texts: dict[str, set[str]] = field(default_factory=dict)
    _rows: Counter[str] = field(default_factory=Counter)

    @property
    def too_many(self) -> list[str]:
        """Columns with too many distinct texts for breakdowns."""
        return [name for name in self._texts if name in self.left_out]

    @property
    def as_text(self) -> set[str]:
        """Columns of numbers that Arrow, which only supports the decimal point, would misread."""
        return {name for name in self.columns if name not in self.labels and self._known(name).decimal == ","}

    def needs_texts(self, name: str, column: pa.ChunkedArray) -> bool:
        """Whether floats, as parsed by Arrow, may have points as thousands separators."""
        if not pa.types.is_floating(column.type) or self._known(name).decimal:
            return False
        if (self.columns[name] is not Content.COUNTS and self.delimiter == ",") or _has_decimals(column):
            # With a comma as delimiter, the decimal sign is a point; groups of thousands never start with 0.
            self.signs[name] = Signs(".", guessed=not _has_decimals(column))
        return not self._known(name).decimal

    def settled(self, name: str, column: pa.ChunkedArray) -> tuple[pa.ChunkedArray, np.ndarray | None]:
        """A column of texts as numbers or labels; and a mask of ambiguous numbers.

        Args:
            name: of the column. `column`: as parsed, or its texts.
        """
        if name in self.labels or not is_text(column):
            return column, None
        texts = _texts(column)
        signs = self._known(name)
        if (
            self.columns[name] is not Content.COUNTS
            and self.delimiter == ","
            and not signs.decimal
            and _matches(texts, r"\.").any()
        ):
            signs = self.signs[name] = replace(signs, decimal=".", guessed=True)
        sign = self._sign_of_others()
        if signs.decimal or not sign:
            plain, doubtful = signs.plain(texts)
        else:
            plain, doubtful = self._by_others(name, texts, sign)
        return plain, doubtful if doubtful.any() else None

    def _by_others(
        self, name: str, texts: pa.ChunkedArray, sign: str
    ) -> tuple[pa.ChunkedArray, np.ndarray]:  # fmt: skip
        """The numbers of a column with unknown notation, by the decimal sign of the others."""
        signs = replace(self._known(name), decimal=sign)
        plain, doubtful = signs.plain(texts)
        if self.columns[name] is Content.COUNTS:
            # The decimal sign of other columns would turn these counts into fractions.
            by_both = _matches(texts, READABLE["."]) & _matches(texts, READABLE[","])
            doubtful = by_both & _matches(texts, re.escape(sign))
            plain = pc.if_else(pa.chunked_array([pa.array(doubtful)]), texts, plain)
        if not doubtful.any() and _matches(texts, _GROUPED[sign]).any():
            self.signs[name] = replace(signs, thousands=True)
        return plain, doubtful

    def learn(self, name: str, column: pa.ChunkedArray) -> None:
        """Learn the notation from the numbers of a column.

        Args:
            name: of the column. `column`: as parsed, or its texts.
        """
        if is_text(column) and name not in self.labels and self.columns[name] is not Content.TEXTS:
            self.signs[name] = self._known(name).learned(_texts(column))

    def _sign_of_others(self) -> str:
        """The decimal sign of all other columns with a known one; empty if they differ, or none is known."""
        decimals = {signs.decimal for signs in self.signs.values() if signs.decimal and not signs.guessed}
        is_mixed = any(signs.mixed for signs in self.signs.values())
        return decimals.pop() if len(decimals) == 1 and not is_mixed else ""

    def is_label(self, name: str, column: pa.ChunkedArray) -> bool:
        """Whether a column turns out to contain texts that are not numbers, such as names of pods.

        Args:
            name: of the column. `column`: as parsed.
        """
        if self.columns[name] is Content.TEXTS:
            return self._is_breakdown(name, column)
        is_known = self.columns[name] is not Content.ANY or name in self.signs or name in self.labels
        if not is_known and is_text(column):
            cells = _texts(column.filter(pa.array(~is_missing(column))))
            plain, doubtful = Signs(self.stated).learned(cells).plain(cells)
            if len(cells) and (np.isnan(numbers(plain)) & ~doubtful).all():
                self.labels.add(name)
        return name in self.labels

    def _is_breakdown(self, name: str, column: pa.ChunkedArray) -> bool:
        """Whether a column has few distinct texts so far."""
        if name in self.left_out or pa.types.is_null(column.type):
            return False
        if not is_text(column) and not pa.types.is_boolean(column.type):
            self.left_out.add(name)
            self.labels.discard(name)
            return False
        texts = self._texts.setdefault(name, set())
        texts.update(column.unique().cast(pa.string()).drop_null().to_pylist())
        self._rows[name] += len(column) - column.null_count
        # With few rows, each may have its own text.
        if len(texts) > TEXTS_MAX or (self._rows[name] >= TEXTS_ROWS and 2 * len(texts) > self._rows[name]):
            self.left_out.add(name)
            self.labels.discard(name)
            texts.clear()
            return False
        self.labels.add(name)
        return True

    def _known(self, name: str) -> Signs:
        return self.signs.get(name) or Signs(self.stated)


def doubtful_number(name: str, text: str) -> str:
    """Why an ambiguous number is rejected, with a remedy.

    Args:
        name: of its column. `text`: as written.
    """
    sign, other = (",", ".") if "," in text else (".", ",")
    whole, decimals = text.replace(sign, ""), text.replace(",", ".")
    return (
        f"{name} {text!r} can be {whole} or {decimals}: write decimal = {other!r} ({whole}) or decimal = {sign!r} "
        f"({decimals}) under [source]".replace("'", '"')
    )


def _has_decimals(column: pa.ChunkedArray) -> bool:
    """Whether some of the first floats cannot be whole numbers with thousands separators."""
    values = np.abs(column[:SAMPLE].to_numpy())
    values = values[np.isfinite(values) & (values != np.floor(values))]
    thousands = values * 1000
    return bool(((values < 1) | (values >= 1000) | (np.abs(thousands - np.round(thousands)) > 1e-6)).any())


def _texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The cells of a column, with a typographic minus sign replaced by a plain one.

    The wrapper `="1200"`, which makes spreadsheets keep a text, is removed.
    """
    plain = pc.replace_substring(column.cast(pa.string()), "\u2212", "-")
    return pc.replace_substring_regex(plain, AS_TEXT, r"\1")


def _matches(texts: pa.ChunkedArray, pattern: str) -> np.ndarray:
    # Arrow cannot search dictionary-encoded texts.
    is_match = pc.match_substring_regex(texts.cast(pa.string()), pattern)
    matches: np.ndarray = pc.fill_null(is_match, False).to_numpy(zero_copy_only=False)
    return matches
