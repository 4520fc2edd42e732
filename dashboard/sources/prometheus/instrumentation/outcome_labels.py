"""Classifies the values of outcome labels by the shared vocabulary, and builds patterns that select them."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from dashboard.outcomes import Dialect, UnknownWords, Vocabulary, dialect_of, is_small_number
from dashboard.outcomes import Outcome as Meaning
from dashboard.sources.prometheus.instrumentation.selectors import any_of
from dashboard.sources.prometheus.presets.preset import Outcome

FAILED = frozenset({Meaning.FAILED})
CLIENT = frozenset({Meaning.CLIENT})
PASSED = frozenset({Meaning.GOOD, Meaning.CLIENT})
# Must also match codes and classes that never occurred yet, such as the first 503.
CODES = {FAILED: "5..", CLIENT: "4..", PASSED: "[1-4].."}
_GRPC_CLIENT = (
    "(?i:invalid_?argument|not_?found|already_?exists|permission_?denied|unauthenticated"
    "|failed_?precondition|out_?of_?range|aborted|cancell?ed)"
    "|1|3|5|6|7|9|10|11|16"
)
GRPC = {
    FAILED: (
        "(?i:unknown|deadline_?exceeded|resource_?exhausted|unimplemented|internal|unavailable|data_?loss)"
        "|2|4|8|12|13|14|15"
    ),
    CLIENT: _GRPC_CLIENT,
    PASSED: f"(?i:ok)|0|{_GRPC_CLIENT}",
}
# OpenTelemetry's `error.type` only exists for failures; it may contain the status.
ERROR_TYPE = {FAILED: ".+", CLIENT: "", PASSED: f"|{CODES[PASSED]}"}
# Exit codes of programs, OpenTelemetry's codes of spans, or classes of HTTP.
AMBIGUOUS = frozenset({"0", "1", "2"})


def meaning_of(values: Sequence[str], outcomes: Sequence[Outcome], vocabulary: Vocabulary) -> Meaning:
    """The outcome of the requests that a series counts.

    The first label of the series decides, together with labels that are used in addition; a failed or refused outcome
    takes precedence. Without any of the labels the outcome is unknown.

    Args:
        values: of the labels of `outcomes`, in order; empty if the series lacks one.
        outcomes: the labels.
        vocabulary: the words for outcomes.
    """
    meanings: list[Meaning] = []
    for value, outcome in zip(values, outcomes, strict=True):
        if value and (not meanings or outcome.beside):
            meanings.append(_meaning(value, outcome, vocabulary))
    settled = next((meaning for meaning in meanings if meaning in (Meaning.FAILED, Meaning.CLIENT)), None)
    if settled is not None:
        return settled
    return Meaning.UNKNOWN if Meaning.UNKNOWN in meanings or not meanings else Meaning.GOOD


def tells(label: str, words: Collection[str], vocabulary: Vocabulary, *, every: bool = False) -> bool:
    """Whether the values of a label are outcomes: at least half of them, and one that is not a client error.

    Small numbers including 0 are codes of gRPC, of programs or of OpenTelemetry, and so may be 1 and 2: they only have
    a meaning if the label's name says which codes they are.

    Args:
        label: its name. `words`: its values. `vocabulary`: the words for outcomes.
        every: each of its values must be an outcome, because the label often has another meaning.
    """
    if are_of_any_kind(label, words, vocabulary):
        return False
    dialect = dialect_of(label, words)
    meanings = [vocabulary.outcome(word, dialect) for word in words if word]
    known = [meaning for meaning in meanings if meaning is not Meaning.UNKNOWN]
    enough = len(known) == len(meanings) if every else 2 * len(known) >= len(meanings)
    return enough and any(meaning is not Meaning.CLIENT for meaning in known)


def are_of_any_kind(label: str, words: Collection[str], vocabulary: Vocabulary) -> bool:
    """Whether they are small numbers of an unknown kind: codes of gRPC or programs, or classes of HTTP."""
    if dialect_of(label, words) is not Dialect.ANY or any(map(vocabulary.stated, words)):
        return False
    return all(map(is_small_number, words)) and ("0" in words or set(words) <= AMBIGUOUS)


def of_kind(outcome: Outcome, words: Collection[str], vocabulary: Vocabulary) -> Outcome:
    """The outcome, with the kind of its values if they say it better than the name of the label.

    Small numbers are of an unknown kind: 0 is good in gRPC, and no answer in HTTP.

    Args:
        outcome: of a preset. `words`: the values of its label on a service. `vocabulary`: the words for outcomes.
    """
    if outcome.failed is not None:
        return outcome
    if "0" in words and are_of_any_kind(outcome.label, words, vocabulary):
        return replace(outcome, dialect=Dialect.NUMBER)
    dialect = dialect_of(outcome.label, words)
    return outcome if dialect is outcome.kind else replace(outcome, dialect=dialect)


def patterns(outcome: Outcome, values: Iterable[str], vocabulary: Vocabulary) -> Outcome:
    """The outcome with patterns of failures, unless its preset defines them.

    Args:
        outcome: of a preset. `values`: of its label on this server.
        vocabulary: including configured words.
    """
    if outcome.failed is not None:
        return replace(outcome, refused=outcome.refused or "")
    failed, refused, passed = (
        _pattern(meanings, sorted(values), outcome.kind, vocabulary) for meanings in (FAILED, CLIENT, PASSED)
    )
    return replace(outcome, failed=failed, refused=refused, passed=passed)


def unknown_words(outcome: Outcome, values: Iterable[str], vocabulary: Vocabulary) -> UnknownWords | None:
    """The values of a label that mean neither success nor failure; None without any.

    Args:
        outcome: the label.
        values: on this server.
        vocabulary: the words for outcomes.
    """
    words = tuple(value for value in sorted(values) if _meaning(value, outcome, vocabulary) is Meaning.UNKNOWN)
    return UnknownWords(outcome.label, words) if words else None


def _meaning(value: str, outcome: Outcome, vocabulary: Vocabulary) -> Meaning:
    if outcome.failed is None:
        return vocabulary.outcome(value, outcome.kind)
    if re.fullmatch(outcome.failed, value):
        return Meaning.FAILED
    return Meaning.CLIENT if outcome.refused and re.fullmatch(outcome.refused, value) else Meaning.GOOD


def _pattern(meanings: frozenset[Meaning], values: Collection[str], dialect: Dialect, vocabulary: Vocabulary) -> str:
    """A regular expression, anchored at both ends: of the usual codes, and of other observed values."""
    if dialect is Dialect.ERROR_TYPE:
        return ERROR_TYPE[meanings]
    usual = (GRPC if dialect is Dialect.GRPC else CODES)[meanings]
    said = {value: vocabulary.outcome(value, dialect) for value in values}
    # If the configuration declares a code not to be a failure, list the observed values only.
    if any(re.fullmatch(usual, value) and meaning not in meanings for value, meaning in said.items()):
        usual = ""
    seen = [value for value, meaning in said.items() if meaning in meanings]
    extra = [value for value in seen if not (usual and re.fullmatch(usual, value))]
    return "|".join(filter(None, [usual, any_of(extra)]))
