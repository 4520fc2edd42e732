"""The columns that tell what became of requests, and what several of them say together.

A request has failed where one of its columns says so. Where a code says that it was the client's fault, a flag that it
failed adds nothing. What a column does not tell, another one may; what none of them tells is unknown.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self

import numpy as np
import pyarrow as pa

from dashboard.outcomes import Dialect, Outcome, Vocabulary, dialect_of, is_http, is_small_number
from dashboard.sources.csv.shapes.names import STATUSES, ColumnNames
from dashboard.sources.csv.values.columns import codes_and_texts
from dashboard.sources.csv.values.quantities import MISSING

# Names without blanks and signs. Codes and words: whatever they hold, it is of the outcome.
CODES: Final = frozenset({
    "status", "code", "statuscode", "httpstatus", "httpstatuscode", "httpcode", "httpresponsecode",
    "responsecode", "responsestatus", "statusclass", "codeclass", "outcome", "result", "grpccode",
    "grpcstatus", "grpcstatuscode", "exitcode", "exitstatus", "returncode",
})  # fmt: skip
# What went wrong in words; empty if nothing did.
ERROR_TEXTS: Final = frozenset({
    "error", "errormessage", "errormsg", "errorreason", "errortype", "errorcode", "failure", "failurereason",
    "exception", "exceptiontype",
})  # fmt: skip
# Answers to one question: numbers in columns of these names may as well be counts.
FLAGS: Final = ERROR_TEXTS | frozenset(
    ["ok", "success", "successful", "succeeded", "issuccess", "passed", "failed", "iserror", "haserror", "isfailed"]
)
# What a cell says, the stronger the larger. DOUBT: a small number that means another thing in each tool.
NOTHING, UNKNOWN, GOOD, DOUBT, CLIENT, FAILED = range(6)
_SAYS: Final = {Outcome.UNKNOWN: UNKNOWN, Outcome.GOOD: GOOD, Outcome.CLIENT: CLIENT, Outcome.FAILED: FAILED}


def plain_name(name: str) -> str:
    """The name of a column without case, blanks and signs."""
    return re.sub(r"[\W_]+", "", name.casefold())


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """What became of the requests of rows.

    Attributes:
        says: GOOD, CLIENT or FAILED, else nobody can tell; shape (rows,).
        word: the number of the word that is to blame where nobody can, shape (rows,). `words`: all of them.
    """

    says: np.ndarray
    word: np.ndarray
    words: list[str]

    @property
    def unknown(self) -> np.ndarray:
        """Where nobody can tell, shape (rows,)."""
        unknown: np.ndarray = np.isin(self.says, (NOTHING, UNKNOWN, DOUBT))
        return unknown

    def unknown_words(self, service: np.ndarray, services: np.ndarray, keep: np.ndarray) -> dict[str, set[str]]:
        """Service → the words that nobody can tell.

        Args:
            service: of each row, an index into `services`. `services`: their names. `keep`: rows that are counted.
        """
        places = np.flatnonzero(keep & self.unknown)
        words: dict[str, set[str]] = {}
        for name, word in np.unique(np.column_stack([service[places], self.word[places]]), axis=0):
            words.setdefault(str(services[name]), set()).add(self.words[word])
        return words


@dataclass(frozen=True, slots=True)
class OutcomeColumns:
    """The columns of a file that tell outcomes.

    Attributes:
        dialects: our names of them, the one that goes first first → what their values are.
        texts: those among them that hold words for what went wrong.
        is_told: a tool wrote the file, whose numbers are known. `is_stated`: the configuration names the columns.
        seen: columns in which codes of HTTP were seen, and those in which some word was known, as "known NAME".
    """

    dialects: dict[str, Dialect]
    texts: frozenset[str] = frozenset()
    is_told: bool = False
    is_stated: bool = False
    seen: set[str] = field(default_factory=set, compare=False)

    @classmethod
    def of(cls, columns: ColumnNames, *, is_told: bool = False) -> Self:
        """The columns that tell outcomes by their names, or those that the configuration or a format names.

        Args:
            columns: of the file. `is_told`: a tool wrote it.
        """
        named = [name for name in columns.names if plain_name(name) in CODES | FLAGS]
        stated = [name for name in named if name in columns.stated]
        ordered = sorted(stated or named, key=lambda name: STATUSES.index(name) if name in STATUSES else len(STATUSES))
        # A status may be mapped from a column of gRPC codes.
        dialects = {name: _dialect(columns.names[name], name) for name in (ordered[:1] if is_told else ordered)}
        texts = frozenset(name for name in dialects if plain_name(columns.names[name]) in ERROR_TEXTS)
        return cls(dialects, texts, is_told, bool(stated) and not is_told)

    def only(self, names: Mapping[str, object]) -> Self:
        """Those of some names."""
        dialects = {name: dialect for name, dialect in self.dialects.items() if name in names}
        return type(self)(dialects, self.texts, self.is_told, self.is_stated, self.seen)

    def outcomes(self, columns: Mapping[str, pa.ChunkedArray], vocabulary: Vocabulary) -> Outcomes:
        """What the cells of rows say together.

        Args:
            columns: our name → its cells, of all columns that tell outcomes. `vocabulary`: what their words mean.
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
        """What each text of a column says, and, in the last place, an empty cell."""
        dialect, is_text = self.dialects[name], name in self.texts
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
            # A word that nobody knows among known ones: what other columns say may not be all.
            says = [
                DOUBT if said == UNKNOWN and text.strip().lower() not in MISSING and not is_small_number(text) else said
                for text, said in zip(texts, says, strict=True)
            ]
        empty = vocabulary.stated("")
        # Of what went wrong, nothing did: so the configuration says that names such a column.
        if empty is None and is_alone and (dialect is Dialect.ERROR_TYPE or (is_text and self.is_stated)):
            empty = Outcome.GOOD
        return np.array([*says, NOTHING if empty is None else _SAYS[empty]], dtype=np.int8)

    def _of_cell(self, name: str, text: str, outcome: Outcome, vocabulary: Vocabulary) -> int:
        if self.dialects[name] is not Dialect.ANY or self.is_told or vocabulary.stated(text) is not None:
            return _SAYS[outcome]
        if not is_small_number(text) or plain_name(name).endswith("class"):
            return _SAYS[outcome]
        is_zero = float(text) == 0
        if name in self.seen:
            # Beside codes of HTTP 0 is no answer; in a second column it may as well be that nothing is to be said.
            return _SAYS[outcome] if not is_zero or name == next(iter(self.dialects)) else UNKNOWN
        # Codes of gRPC and of programs begin with 0, which is good there.
        return UNKNOWN if is_zero or len(self.dialects) == 1 else DOUBT


def _dialect(theirs: str, ours: str) -> Dialect:
    own = dialect_of(theirs)
    return dialect_of(ours) if own is Dialect.ANY else own


def _of_error(text: str) -> int:
    """What an unknown text in a column of errors says: it is what went wrong."""
    return NOTHING if text.strip().lower() in MISSING else FAILED


def _stronger(first: Outcomes | None, second: Outcomes) -> Outcomes:
    if first is None:
        return second
    is_second = second.says > first.says
    return Outcomes(
        np.where(is_second, second.says, first.says), np.where(is_second, second.word, first.word), first.words
    )


def _explained(flags: Outcomes, codes: Outcomes) -> Outcomes:
    """Flags, but where a code has said whose fault it was."""
    says = np.where((codes.says == CLIENT) & (flags.says == FAILED), CLIENT, flags.says)
    return Outcomes(says, flags.word, flags.words)
