"""Reads the outcome of requests from one or more columns.

A request has failed if one of its columns says so. If a code shows a client error, a failure flag adds nothing. Columns
complement each other; if none of them shows the outcome, it is unknown.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self

import numpy as np
import pyarrow as pa

from dashboard.outcome_names import is_status
from dashboard.outcomes import Dialect, Outcome, Vocabulary, dialect_of, is_http, is_small_number
from dashboard.sources.csv.columns.names import STATUSES, ColumnNames
from dashboard.sources.csv.values.columns import codes_and_texts
from dashboard.sources.csv.values.quantities import MISSING

# Names without blanks and signs. Columns of codes and words, which are always outcomes.
CODES: Final = frozenset({
    "status", "code", "statuscode", "httpstatus", "httpstatuscode", "httpcode", "httpresponsecode",
    "responsecode", "responsestatus", "statusclass", "codeclass", "outcome", "result", "grpccode",
    "grpcstatus", "grpcstatuscode", "exitcode", "exitstatus", "returncode",
})  # fmt: skip
# Texts of errors; empty if there was none.
ERROR_TEXTS: Final = frozenset({
    "error", "errormessage", "errormsg", "errorreason", "errortype", "errorcode", "err", "errcode", "errmsg", "errno",
    "failure", "failurereason", "exception", "exceptiontype",
})  # fmt: skip
# Flags; numbers in columns of these names may also be counts.
FLAGS: Final = ERROR_TEXTS | frozenset(
    [
        "ok",
        "success",
        "successful",
        "succeeded",
        "issuccess",
        "issuccessful",
        "passed",
        "failed",
        "iserror",
        "haserror",
        "isfailed",
        "hasfailed",
        "isok",
        "wasok",
        "wassuccessful",
    ]
)
# Meanings of a cell, in order of precedence. DOUBT: a small number whose meaning depends on the tool.
NOTHING, UNKNOWN, GOOD, DOUBT, CLIENT, FAILED = range(6)
_SAYS: Final = {Outcome.UNKNOWN: UNKNOWN, Outcome.GOOD: GOOD, Outcome.CLIENT: CLIENT, Outcome.FAILED: FAILED}


def plain_name(name: str) -> str:
    """The name of a column in lower case, without blanks and signs."""
    return re.sub(r"[\W_]+", "", name.casefold())


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """The outcomes of the requests in rows.

    Attributes:
        says: GOOD, CLIENT or FAILED, otherwise unknown; shape (rows,).
        word: index of the unknown word of each row, shape (rows,). `words`: all of them.
    """

    says: np.ndarray
    word: np.ndarray
    words: list[str]

    @property
    def unknown(self) -> np.ndarray:
        """Mask of unknown outcomes, shape (rows,)."""
        unknown: np.ndarray = np.isin(self.says, (NOTHING, UNKNOWN, DOUBT))
        return unknown

    def unknown_words(self, service: np.ndarray, services: np.ndarray, keep: np.ndarray) -> dict[str, set[str]]:
        """Service → the unknown words.

        Args:
            service: of each row, an index of `services`. `services`: their names. `keep`: mask of counted rows.
        """
        places = np.flatnonzero(keep & self.unknown)
        words: dict[str, set[str]] = {}
        for name, word in np.unique(np.column_stack([service[places], self.word[places]]), axis=0):
            words.setdefault(str(services[name]), set()).add(self.words[word])
        return words


@dataclass(frozen=True, slots=True)
class OutcomeColumns:
    """The columns of a file that contain outcomes.

    Attributes:
        dialects: our names of them, in order of precedence → the kind of their values.
        texts: those with texts of errors.
        is_of_tool: a tool wrote the file, so its codes are known. `is_stated`: the configuration names the columns.
        seen: columns in which HTTP codes were seen, and those in which a word was known, as "known NAME".
    """

    dialects: dict[str, Dialect]
    texts: frozenset[str] = frozenset()
    is_of_tool: bool = False
    is_stated: bool = False
    seen: set[str] = field(default_factory=set, compare=False)

    @classmethod
    def of(cls, columns: ColumnNames, *, is_of_tool: bool = False) -> Self:
        """The columns with outcomes by their names, or those named by the configuration or a format.

        Args:
            columns: of the file. `is_of_tool`: a tool wrote it.
        """
        named = [name for name in columns.names if plain_name(name) in CODES | FLAGS or is_status(name)]
        stated = [name for name in named if name in columns.stated]
        ordered = sorted(stated or named, key=lambda name: STATUSES.index(name) if name in STATUSES else len(STATUSES))
        # A status may be mapped from a column of gRPC codes.
        dialects = {name: _dialect(columns.names[name], name) for name in (ordered[:1] if is_of_tool else ordered)}
        texts = frozenset(name for name in dialects if plain_name(columns.names[name]) in ERROR_TEXTS)
        return cls(dialects, texts, is_of_tool, bool(stated) and not is_of_tool)

    def only(self, names: Mapping[str, object]) -> Self:
        """The columns with these names."""
        dialects = {name: dialect for name, dialect in self.dialects.items() if name in names}
        return type(self)(dialects, self.texts, self.is_of_tool, self.is_stated, self.seen)

    def outcomes(self, columns: Mapping[str, pa.ChunkedArray], vocabulary: Vocabulary) -> Outcomes:
        """The combined outcome of each row.

        Args:
            columns: our name → its cells, for all columns with outcomes. `vocabulary`: the words for outcomes.
        """
        words: list[str] = []
        flags: Outcomes | None = None
        codes: Outcomes | None = None
        for name in self.dialects:
            number, texts = codes_and_texts(columns[name])
            says = self._says(name, [str(text) for text in texts], vocabulary)
            cells = Outcomes(says[number], number % (len(texts) + 1) + len(words), words)
            words += [*(str(text).strip() for text in texts), ""]
            if plain_name(name) in FLAGS:
                flags = _stronger(flags, cells)
            else:
                codes = _stronger(codes, cells)
        if codes is None or flags is None:
            both = codes or flags
            assert both is not None, "a shape asks only where a column tells outcomes"
            return both
        return _stronger(codes, _explained(flags, codes))

    def _says(self, name: str, texts: list[str], vocabulary: Vocabulary) -> np.ndarray:
        """The meaning of each text of a column, and last of an empty cell."""
        dialect, is_text = self._dialect_of(name, texts), name in self.texts
        if dialect is Dialect.ANY and any(map(is_http, texts)):
            self.seen.add(name)
        outcomes = [vocabulary.outcome(text, dialect) for text in texts]
        says = [
            self._of_cell(name, text, outcome, vocabulary) for text, outcome in zip(texts, outcomes, strict=True)
        ]  # fmt: skip
        if is_text:
            says = [_of_error(text) if said == UNKNOWN else said for text, said in zip(texts, says, strict=True)]
        is_alone = len(self.dialects) == 1
        if any(said not in (NOTHING, UNKNOWN) for said in says):
            self.seen.add(f"known {name}")
        if not is_alone and f"known {name}" in self.seen:
            # An unknown word among known ones: other columns may not show all failures.
            says = [
                DOUBT if said == UNKNOWN and text.strip().lower() not in MISSING and not is_small_number(text) else said
                for text, said in zip(texts, says, strict=True)
            ]
        empty = vocabulary.stated("")
        # An empty error text means success, if the configuration names such a column.
        if empty is None and is_alone and (dialect is Dialect.ERROR_TYPE or (is_text and self.is_stated)):
            empty = Outcome.GOOD
        return np.array([*says, NOTHING if empty is None else _SAYS[empty]], dtype=np.int8)

    def _dialect_of(self, name: str, texts: list[str]) -> Dialect:
        """The kind of the values of a column, which may be known only from them."""
        dialect = self.dialects[name]
        by_values = dialect_of(name, texts)
        if dialect is Dialect.EXIT_CODE and plain_name(name) == "returncode":
            return by_values
        if dialect is not Dialect.ANY or self.is_of_tool:
            return dialect
        if by_values is Dialect.REPLY:
            self.seen.add(f"reply {name}")
        return Dialect.REPLY if f"reply {name}" in self.seen else dialect

    def _of_cell(self, name: str, text: str, outcome: Outcome, vocabulary: Vocabulary) -> int:
        if self.dialects[name] is not Dialect.ANY or self.is_of_tool or vocabulary.stated(text) is not None:
            return _SAYS[outcome]
        if not is_small_number(text) or plain_name(name).endswith("class"):
            return _SAYS[outcome]
        is_zero = float(text) == 0
        if name in self.seen:
            # Among HTTP codes, 0 means no response; in a second column it may also mean nothing.
            return _SAYS[outcome] if not is_zero or name == next(iter(self.dialects)) else UNKNOWN
        # gRPC codes and exit codes begin with 0, which is success.
        return UNKNOWN if is_zero or len(self.dialects) == 1 else DOUBT


def _dialect(theirs: str, ours: str) -> Dialect:
    own = dialect_of(theirs)
    return dialect_of(ours) if own is Dialect.ANY else own


def _of_error(text: str) -> int:
    """The meaning of an unknown text in a column of errors: an error."""
    return NOTHING if text.strip().lower() in MISSING else FAILED


def _stronger(first: Outcomes | None, second: Outcomes) -> Outcomes:
    if first is None:
        return second
    is_second = second.says > first.says
    return Outcomes(
        np.where(is_second, second.says, first.says), np.where(is_second, second.word, first.word), first.words
    )


def _explained(flags: Outcomes, codes: Outcomes) -> Outcomes:
    """Flags, except where a code shows the side of the fault."""
    says = np.where((codes.says == CLIENT) & (flags.says == FAILED), CLIENT, flags.says)
    return Outcomes(says, flags.word, flags.words)
